/* htpasswd.h - an Apache password file, in any of the formats that htpasswd(1) writes.
 *
 * Each attempt checks one password of every kind of hash that the file has (bcrypt of cost 5, $apr1$, …): the
 * user's own, and a made-up one of each other kind. So an unknown user, a wrong password and a right one take
 * the same time, also where the kinds are mixed. */
#ifndef API_LOGIN_HTPASSWD_H
#define API_LOGIN_HTPASSWD_H

#include <stdbool.h>

#include "lib/str.h"

struct htpasswd;

enum htpasswd_answer {
    HTPASSWD_WRONG, /* user or password: nobody is to learn which */
    HTPASSWD_RIGHT,
    HTPASSWD_UNREADABLE, /* the file; why was logged */
    HTPASSWD_ANSWER__MAX
};

/* NULL: the file cannot be read; why was logged. path is kept. */
struct htpasswd *htpasswd_open(const char *path);
void htpasswd_close(struct htpasswd *h); /* NULL is fine */

/* Reads the file again if it has changed. */
enum htpasswd_answer htpasswd_check(struct htpasswd *h, struct str user, const char *password);

#endif
