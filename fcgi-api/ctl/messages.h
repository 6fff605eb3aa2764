/* messages.h - the messages of a group as they stand in Redis: history and export. */
#ifndef API_CTL_MESSAGES_H
#define API_CTL_MESSAGES_H

#include "fcgi-api/ctl/args.h"
#include "fcgi-api/ctl/output.h"
#include "lib/text.h"

enum {
    MESSAGES_SHOWN = 50 /* if no number is given */
};

/* Writes messages one after the other, each as it goes. */
struct messages {
    struct str group;
    enum config_encoding encoding;
    bool as_json; /* a line of JSON each */
    struct output out;
    struct text line;
    int64_t written;
    int64_t garbage; /* entries that are no message: passed over */
};

void messages_init(struct messages *m, const struct ctl *ctl, struct str group, bool as_json);
void messages_fini(struct messages *m); /* writes what is left */

/* Writes an entry of the list, or what was published. */
void messages_write(struct messages *m, struct str entry);

/* Says on standard error that Redis cannot be reached, or answers an error; returns CTL_AWAY. */
enum ctl_exit messages_away(bool away);

/* The newest messages, oldest first. */
enum ctl_exit messages_history(struct ctl *ctl, const struct args *args);

/* All of them as lines of JSON. reader.h tells what it has if the list changes meanwhile. */
enum ctl_exit messages_export(struct ctl *ctl, const struct args *args);

#endif
