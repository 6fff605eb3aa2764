/* origin.c - origins of web pages, as browsers send them.
 *
 * A word is read as a human may have written it, and the origin that it means is put together
 * again. If that is the word itself, the word is right; else it is what should be written. */
#include "lib/config/origin.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lib/config/host.h"
#include "lib/config/number.h"
#include "lib/log.h"
#include "lib/str.h"
#include "lib/wordlist.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

enum {
    WORD_SIZE = 300
};

static const char form_advice[] = "write an origin as https://example.org";

struct reading {
    const char *fault;  /* the first one found; NULL: the word is right */
    const char *advice; /* if no right origin can be guessed */
    bool guessed;       /* there was no scheme */
    char scheme[WORD_SIZE];
    char host[WORD_SIZE];
    int64_t port;                   /* 0: that of the scheme */
    char right[2 * WORD_SIZE + 32]; /* the origin that is meant */
};

static void
origin_blame(struct reading *r, const char *fault)
{
    r->fault = r->fault != NULL ? r->fault : fault;
}

static void
origin_give_up(struct reading *r, const char *fault, const char *advice)
{
    if (r->advice == NULL) {
        r->fault = fault;
        r->advice = advice;
    }
}

static bool
origin_is_of_web(const struct reading *r)
{
    return strcmp(r->scheme, "http") == 0 || strcmp(r->scheme, "https") == 0;
}

static void
origin_lower(struct reading *r, char *text)
{
    for (; *text != '\0'; text++) {
        if (*text >= 'A' && *text <= 'Z') {
            *text = (char)(*text - 'A' + 'a');
            origin_blame(r, "is not in lower case");
        }
    }
}

/* ---- the scheme ---- */

static bool
origin_is_scheme(const char *text, size_t length)
{
    return strspn(text, LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "+-.") == length && length > 0 &&
           strchr(DIGITS "+-.", *text) == NULL;
}

/* Returns what stands behind the scheme. */
static char *
origin_cut_scheme(struct reading *r, char *word)
{
    char *end = strstr(word, "://");

    if (end != NULL && origin_is_scheme(word, (size_t)(end - word))) {
        *end = '\0';
        strcpy(r->scheme, word);
        return end + strlen("://");
    }
    if (end != NULL && end == word + strcspn(word, ":/")) {
        origin_give_up(r, "has a scheme that is none", form_advice);
    }
    origin_blame(r, "has no scheme");
    strcpy(r->scheme, "https");
    if (strncasecmp(word, "https:", 6) == 0) {
        word += 6;
    } else if (strncasecmp(word, "http:", 5) == 0) {
        strcpy(r->scheme, "http");
        word += 5;
    } else {
        r->guessed = true;
    }
    return word + strspn(word, "/");
}

/* A WebSocket's address is not that of the page that opens it. */
static void
origin_mend_scheme(struct reading *r)
{
    if (strcmp(r->scheme, "ws") == 0 || strcmp(r->scheme, "wss") == 0) {
        origin_blame(r, "is the address of a WebSocket, not of a page");
        strcpy(r->scheme, strcmp(r->scheme, "ws") == 0 ? "http" : "https");
    }
}

/* ---- what belongs to an address, but to no origin ---- */

/* Returns what stands behind the user. */
static char *
origin_cut_rest(struct reading *r, char *rest)
{
    char *end = rest + strcspn(rest, "/\\?#"), *at;

    if (*end != '\0') {
        origin_blame(r, *end == '?'   ? "has a query"
                        : *end == '#' ? "has a fragment"
                                      : "has a path");
        *end = '\0';
    }
    at = strrchr(rest, '@');
    if (at != NULL) {
        origin_blame(r, "has a user");
        return at + 1;
    }
    return rest;
}

/* ---- the host ---- */

static bool
origin_has_non_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text >= 0x80) {
            return true;
        }
    }
    return false;
}

static void
origin_check_name(struct reading *r)
{
    const char *host = r->host;

    if (origin_has_non_ascii(host)) {
        origin_give_up(r, "has letters outside ASCII",
                       "write the host in punycode, as https://xn--bcher-kva.example");
    } else if (strchr(host, '*') != NULL) {
        origin_give_up(r, "is a pattern, and each origin has to be listed", form_advice);
    } else if (host[strspn(host, LOWER DIGITS "-._")] != '\0') {
        origin_give_up(r, "has a character that no host has", form_advice);
    } else if (origin_is_of_web(r) && *host == '\0') {
        origin_give_up(r, "has no host", form_advice);
    } else if (origin_is_of_web(r) && (*host == '.' || strstr(host, "..") != NULL)) {
        origin_give_up(r, "has an empty part in its host", form_advice);
    } else if (origin_is_of_web(r)) {
        if (!host_mend_ipv4(r->host, sizeof(r->host))) {
            origin_give_up(r, "has a host that is no IPv4 address", form_advice);
        }
    }
}

/* ---- the port ---- */

static void
origin_take_port(struct reading *r, const char *port)
{
    if (*port == '\0') {
        origin_blame(r, "has a colon without a port");
    } else if (!number_parse(str_of(port), 1, 65535, &r->port)) {
        origin_give_up(r, "has a port that is none", form_advice);
    } else if ((r->port == 443 && strcmp(r->scheme, "https") == 0) ||
               (r->port == 80 && strcmp(r->scheme, "http") == 0)) {
        origin_blame(r, "has the default port, which browsers leave out");
        r->port = 0;
    }
}

/* ---- all of it ---- */

static void
origin_take_bracketed(struct reading *r, char *rest)
{
    char *end = strchr(rest, ']');

    if (end != NULL) {
        *end++ = '\0';
    }
    if (end == NULL || !host_print_ipv6(rest + 1, r->host) || (*end != '\0' && *end != ':')) {
        origin_give_up(r, "has brackets without an IPv6 address", form_advice);
    } else if (*end == ':') {
        origin_take_port(r, end + 1);
    }
}

static void
origin_take_host(struct reading *r, char *rest)
{
    char *colon = strchr(rest, ':');

    if (*rest == '[') {
        origin_take_bracketed(r, rest);
    } else if (host_print_ipv6(rest, r->host)) {
        origin_blame(r, "has an IPv6 address without brackets");
    } else {
        if (colon != NULL) {
            *colon = '\0';
            origin_take_port(r, colon + 1);
        }
        strcpy(r->host, rest);
        origin_check_name(r);
    }
}

static void
origin_read_address(struct reading *r, char *word)
{
    char *rest = origin_cut_rest(r, origin_cut_scheme(r, word));
    char port[16] = "";

    origin_lower(r, r->scheme);
    origin_lower(r, rest);
    origin_mend_scheme(r);
    origin_take_host(r, rest);
    if (r->port != 0) {
        snprintf(port, sizeof(port), ":%d", (int)r->port);
    }
    snprintf(r->right, sizeof(r->right), "%s://%s%s", r->scheme, r->host, port);
}

static void
origin_read_word(struct reading *r, char *word)
{
    if (strchr(word, ',') != NULL) {
        origin_give_up(r, "has a comma", "separate origins by spaces");
    } else if (strcmp(word, "*") == 0) {
        origin_give_up(r, "is not alone", "write * for any origin, or only the origins");
    } else if (strcasecmp(word, "null") == 0) {
        strcpy(r->right, "null");
    } else {
        origin_read_address(r, word);
    }
}

static void
origin_read(struct reading *r, struct str text)
{
    char word[WORD_SIZE];

    memset(r, 0, sizeof(*r));
    if (text.len >= sizeof(word)) {
        origin_give_up(r, "is too long for an origin", form_advice);
        return;
    }
    memcpy(word, text.p, text.len);
    word[text.len] = '\0';
    origin_read_word(r, word);
    if (!str_is(text, r->right)) {
        origin_blame(r, "is not as browsers write it");
    }
}

/* ---- lists ---- */

bool
origin_list_is_valid(const char *list)
{
    struct reading r;
    struct str word;
    bool valid = false;

    if (strcmp(list, "*") == 0) {
        return true;
    }
    while ((word = wordlist_next(&list)).len > 0) {
        origin_read(&r, word);
        if (r.fault != NULL) {
            return false;
        }
        valid = true;
    }
    return valid;
}

void
origin_list_explain(const char *list, char *out, size_t size)
{
    struct reading r;
    struct str word;
    size_t used = 0;

    *out = '\0';
    if (origin_list_is_valid(list)) {
        return;
    }
    while (used < size && (word = wordlist_next(&list)).len > 0) {
        origin_read(&r, word);
        if (r.fault != NULL) {
            used += (size_t)snprintf(out + used, size - used, "%s%s %s, %s%s%s",
                                     used > 0 ? "; " : "", log_quote(word).text, r.fault,
                                     r.advice != NULL ? r.advice : "write ",
                                     r.advice != NULL ? "" : r.right,
                                     r.guessed && r.advice == NULL ? " (or http://)" : "");
        }
    }
}
