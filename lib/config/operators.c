/* operators.c - the setting admin.tokens. */
#include "lib/config/operators.h"

#include <stdio.h>
#include <string.h>

#include "lib/log.h"

struct operator_word {
    struct str name;
    struct str token;
};

/* As wordlist_next(), but the text may still have its line ends. */
static struct str
operator_next(const char **list)
{
    const char *word = *list + strspn(*list, " \r\n");
    size_t length = strcspn(word, " \r\n");

    *list = word + length;
    return str_make(word, length);
}

/* Without a colon, all of it is the token: it is to be told to nobody. */
static struct operator_word
operator_split(struct str word)
{
    const char *colon = memchr(word.p, ':', word.len);
    size_t length = colon != NULL ? (size_t)(colon - word.p) : 0;
    size_t begin = colon != NULL ? length + 1 : 0;

    return (struct operator_word){str_make(word.p, length),
                                  str_make(word.p + begin, word.len - begin)};
}

static bool
operator_is_name(struct str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.p[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '.' || c == '_' || c == '-')) {
            return false;
        }
    }
    return name.len > 0 && name.len <= OPERATOR_NAME_MAX_BYTES;
}

static bool
operator_is_token(struct str token)
{
    for (size_t i = 0; i < token.len; i++) {
        if (token.p[i] <= 0x20 || token.p[i] >= 0x7f) {
            return false;
        }
    }
    return token.len >= OPERATOR_TOKEN_MIN_BYTES && token.len <= OPERATOR_TOKEN_MAX_BYTES;
}

/* Does a word before `end` have this token? */
static bool
operator_is_taken(const char *list, const char *end, struct str token)
{
    struct str word;

    while ((word = operator_next(&list)).len > 0 && word.p < end) {
        if (str_equal(operator_split(word).token, token)) {
            return true;
        }
    }
    return false;
}

/* What is wrong with the word; NULL: nothing. */
static const char *
operator_fault(const char *list, struct str word)
{
    struct operator_word w = operator_split(word);

    if (w.name.p + w.name.len == w.token.p) {
        return "has no colon, write NAME:TOKEN";
    } else if (!operator_is_name(w.name)) {
        return "has a name that is none, write 1 to 64 of A-Z a-z 0-9 . _ - before the colon";
    } else if (!operator_is_token(w.token)) {
        return "has a token that is none, write 8 to 256 ASCII characters behind the colon";
    } else if (operator_is_taken(list, word.p, w.token)) {
        return "has a token that stands there before, write another one";
    }
    return NULL;
}

bool
operators_are_valid(const char *list)
{
    char why[200];

    operators_explain(list, why, sizeof(why));
    return *why == '\0';
}

void
operators_explain(const char *list, char *out, size_t size)
{
    const char *rest = list;
    struct str word;
    int number = 0;

    *out = '\0';
    while ((word = operator_next(&rest)).len > 0) {
        const char *fault = operator_fault(list, word);
        struct str name = operator_split(word).name;

        number++;
        if (fault != NULL) {
            snprintf(out, size, "word %d (%s) %s", number,
                     operator_is_name(name) ? log_quote(name).text : "no name", fault);
            return;
        }
    }
}

/* Looks at each byte of token, whatever the other one is. */
static bool
operator_has_token(struct str own, struct str token)
{
    unsigned char differs = own.len != token.len;

    for (size_t i = 0; i < token.len; i++) {
        differs |= (unsigned char)(token.p[i] ^ own.p[i % own.len]);
    }
    return differs == 0;
}

struct str
operators_find(const char *list, struct str token)
{
    struct str found = str_make("", 0), word;

    while ((word = operator_next(&list)).len > 0) { /* to the end, even if it is found */
        struct operator_word w = operator_split(word);

        if (w.token.len > 0 && operator_has_token(w.token, token)) {
            found = w.name;
        }
    }
    return found;
}
