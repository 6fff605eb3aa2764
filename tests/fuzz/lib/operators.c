/* operators.c - any bytes as admin.tokens: a valid list finds each of its tokens, and nothing
 * else. */
#include "lib/config/operators.h"

#include "tests/fuzz/fuzz.h"

/* Each token of a valid list is somebody's, and nobody has it with a byte more or less. */
static void
check_words(const char *list)
{
    const char *rest = list, *colon;
    char longer[OPERATOR_TOKEN_MAX_BYTES + 2];
    struct str token, found;

    while ((colon = strchr(rest, ':')) != NULL) {
        token = str_make(colon + 1, strcspn(colon + 1, " \r\n"));
        found = operators_find(list, token);
        CHECK(found.len > 0 && found.len <= OPERATOR_NAME_MAX_BYTES);
        CHECK(token.len <= OPERATOR_TOKEN_MAX_BYTES);
        memcpy(longer, token.p, token.len);
        longer[token.len] = '\x7f'; /* no token has that */
        CHECK(operators_find(list, str_make(longer, token.len + 1)).len == 0);
        rest = token.p + token.len;
    }
}

static void
fuzz(struct str input)
{
    char *list = strndup(input.len > 0 ? input.p : "", input.len), told[300], small[20];

    operators_explain(list, told, sizeof(told));
    CHECK((*told == '\0') == operators_are_valid(list));
    operators_explain(list, small, sizeof(small));
    CHECK(strlen(small) < sizeof(small));
    CHECK(operators_find(list, str_make("", 0)).len == 0);
    if (*told == '\0') {
        check_words(list);
    }
    free(list);
}
