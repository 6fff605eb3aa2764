/* key_text.h - the text of login.jwtKey: where it comes from, and the form of a PEM. */
#ifndef LIB_JWT_KEY_TEXT_H
#define LIB_JWT_KEY_TEXT_H

#include <stdbool.h>

#include "lib/str.h"
#include "lib/text.h"

enum {
    KEY_TEXT_MAX_BYTES = 4096 /* of a setting, and of a file */
};

/* Adds the setting; or, if it is a path, which begins with a slash, what the file holds without
 * the line end at its end. Returns NULL, or why the file cannot be used. */
const char *key_text_read(struct text *out, const char *setting);

/* Wipes and frees it. */
void key_text_forget(struct text *text);

bool key_text_is_pem(struct str text);

/* Adds a PEM in which spaces may stand for line ends, with lines as OpenSSL wants them. Returns
 * false, and adds nothing, if it is no public key. */
bool key_text_lay_out(struct text *out, struct str pem);

#endif
