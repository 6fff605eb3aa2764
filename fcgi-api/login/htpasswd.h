/* htpasswd.h - an Apache password file, in any of the formats that htpasswd(1) writes.
 *
 * Each check tries one hash of every kind that the file has (bcrypt of cost 5, $apr1$, …): the
 * user's own, and a sample of each other kind. So an unknown user, a wrong password and a right
 * one take the same time, even if the file mixes kinds. */
#ifndef API_LOGIN_HTPASSWD_H
#define API_LOGIN_HTPASSWD_H

#include <stdbool.h>

#include "lib/str.h"

struct htpasswd;

enum htpasswd_answer {
    HTPASSWD_WRONG, /* user or password: a client must not learn which */
    HTPASSWD_RIGHT,
    HTPASSWD_UNREADABLE, /* the file cannot be read; why was logged */
    HTPASSWD_ANSWER__MAX
};

/* Reads the file. Keeps path, which must outlive the result. Returns NULL, and logs why, if the
 * file cannot be read. */
struct htpasswd *htpasswd_open(const char *path);
void htpasswd_close(struct htpasswd *h); /* NULL is fine */

/* Reads the file again if it has changed, then checks the password. Some hashes take long. */
enum htpasswd_answer htpasswd_check(struct htpasswd *h, struct str user, const char *password);

#endif
