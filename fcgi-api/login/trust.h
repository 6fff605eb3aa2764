/* trust.h - may a file decide who logs in? Not if strangers can change it. */
#ifndef API_LOGIN_TRUST_H
#define API_LOGIN_TRUST_H

#include <sys/stat.h>

/* What speaks against the file; NULL: nothing does. Its owner may be anybody, as of a password file
 * that the site's own software writes. */
const char *trust_mode(const struct stat *file);

/* The same for code that is to be run: the file and its folder belong to root, or to the user of
 * this process. */
const char *trust_code(const char *path);

#endif
