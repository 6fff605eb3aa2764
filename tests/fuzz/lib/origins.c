/* origins.c - any bytes as a list of origins: a valid one, or each wrong word is told. */
#include "lib/config/origin.h"

#include "lib/wordlist.h"
#include "tests/fuzz/fuzz.h"

static bool
is_valid(struct str word)
{
    char *list = strndup(word.p, word.len);
    bool valid = origin_list_is_valid(list);

    free(list);
    return valid;
}

/* What is to be written instead of a word is an origin itself. */
static void
check_word(struct str word)
{
    char *list = strndup(word.p, word.len), told[1000], *right;

    origin_list_explain(list, told, sizeof(told));
    CHECK((*told == '\0') == origin_list_is_valid(list));
    right = memchr(word.p, ',', word.len) == NULL ? strstr(told, ", write ") : NULL;
    if (right != NULL && strstr(right, "write an") == NULL && strstr(right, "write the") == NULL &&
        strstr(right, "write *") == NULL) {
        right += strlen(", write ");
        CHECK(is_valid(str_make(right, strcspn(right, " "))));
    }
    free(list);
}

static void
fuzz(struct str input)
{
    char *list = strndup(input.len > 0 ? input.p : "", input.len), small[20];
    const char *rest = list;
    struct str word;
    bool valid = true;

    while ((word = wordlist_next(&rest)).len > 0) {
        check_word(word);
        valid = valid && !str_is(word, "*") && is_valid(word);
    }
    if (strspn(list, " ") < strlen(list) && strcmp(list, "*") != 0) {
        CHECK(origin_list_is_valid(list) == valid);
    }
    origin_list_explain(list, small, sizeof(small));
    CHECK(strlen(small) < sizeof(small));
    free(list);
}
