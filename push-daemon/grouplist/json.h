/* json.h - the frames that a group-list client gets: one entry a group, newest message first. */
#ifndef PUSH_GROUPLIST_JSON_H
#define PUSH_GROUPLIST_JSON_H

#include <stddef.h>
#include <stdint.h>

#include "lib/str.h"
#include "lib/text.h"

struct grouplist_entry {
    struct str group;
    struct str message; /* the newest, as JSON; empty: there is none */
    int64_t ts;         /* of the message */
    int64_t total;
    unsigned unread; /* fastim.v2 */
};

/* Sorts the entries: newest message first, ties by group id, groups without a message last. */
void grouplist_sort(struct grouplist_entry *entries, size_t count);

enum {
    GROUPLIST_MAX = 1000,         /* entries in a frame */
    GROUPLIST_MAX_BYTES = 4 << 20 /* of a frame */
};

/* Adds [{"newMessage":{...},"total":1},...] in the order of the entries: the first ones, as many as
 * a frame may hold. */
void grouplist_add(struct text *out, const struct grouplist_entry *entries, size_t count);

/* ---- fastim.v2 ---- */

/* {"type":"groups","groups":[{"groupId":"1","newMessage":{...},"total":1,"unread":0},...]} with the
 * same bounds */
void grouplist_add_groups(struct text *out, const struct grouplist_entry *entries, size_t count);
/* {"type":"group","group":{...}} */
void grouplist_add_group(struct text *out, const struct grouplist_entry *entry);
/* {"type":"left","groupId":"1"} */
void grouplist_add_left(struct text *out, struct str group);

#endif
