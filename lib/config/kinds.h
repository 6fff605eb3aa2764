/* kinds.h - what a setting's value may be: how each kind is read, printed and described. */
#ifndef LIB_CONFIG_KINDS_H
#define LIB_CONFIG_KINDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Of a number: its value. Of a text: its length in bytes. Other kinds have none. */
struct bounds {
    int64_t min;
    int64_t max;
};

/* A field is the member of struct config that holds the value. */
struct kind {
    size_t size; /* of the field, in bytes */

    /* Puts text into the field; text ends in NUL and has no control bytes. Returns false, and
     * leaves the field alone, if text is no value of this kind in these bounds. */
    bool (*parse)(const struct kind *kind, void *field, const char *text, struct bounds bounds);

    /* Writes the value as parse() reads it. */
    void (*print)(const struct kind *kind, const void *field, FILE *out);

    /* Writes in words what parse() takes. */
    void (*describe)(const struct kind *kind, struct bounds bounds, char *out, size_t size);

    bool (*is_same)(const struct kind *kind, const void *a, const void *b);

    /* Frees what the field points to. NULL: the field owns nothing. */
    void (*free)(void *field);

    /* For a text of a certain form: is it of that form, and how is the form called? */
    bool (*is_valid)(const char *text);
    const char *form;
    bool has_lines; /* line ends in it are taken, and count as spaces */

    /* Writes what is wrong with this text, and what would be right: "..., write ...". Writes
     * an empty text if it finds nothing. NULL: describe() says it all. */
    void (*explain)(const char *text, char *out, size_t size);

    /* For one of several names: these, ending in NULL. The field is an int, the name's index. */
    const char *const *names;
};

extern const struct kind kind_number;           /* int64_t */
extern const struct kind kind_switch;           /* bool: 0 or 1 */
extern const struct kind kind_text;             /* char *, as are the next seven */
extern const struct kind kind_hostport;         /* ADDRESS:PORT */
extern const struct kind kind_hostport_or_none; /* ADDRESS:PORT or nothing */
extern const struct kind kind_hostports;        /* ADDRESS:PORT words, separated by spaces */
extern const struct kind kind_networks;         /* addresses and networks, separated by spaces */
extern const struct kind kind_origins;          /* * or origins, separated by spaces */
extern const struct kind kind_hook_url;         /* http://HOST[:PORT][/PATH], or nothing */
extern const struct kind kind_jwt_key;          /* a secret, a PEM public key, or a path */
extern const struct kind kind_operators;        /* NAME:TOKEN words, separated by spaces */
extern const struct kind kind_log_level;        /* int: enum log_level */
extern const struct kind kind_login_method;     /* int: enum config_login_method */
extern const struct kind kind_hook_failure;     /* int: enum config_hook_failure */
extern const struct kind kind_encoding;         /* int: enum config_encoding */
extern const struct kind kind_filter_action;    /* int: enum config_filter_action */

#endif
