/* value.c - any bytes as a stored value of the Java original, and any text as a plain one. */
#include "lib/encoding/value.h"

#include "lib/json.h"
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

static void
check_plain(struct str plain)
{
    struct text stored, again;

    text_init(&stored);
    text_init(&again);
    value_encode(&stored, plain);
    CHECK(utf8_valid(text_str(&stored)) && json_is_strict(text_str(&stored)));
    CHECK(memchr(stored.bytes, '\n', stored.len) == NULL);
    CHECK(value_decode(&again, text_str(&stored)) && str_equal(text_str(&again), plain));
    text_fini(&stored);
    text_fini(&again);
}

static void
check_stored(struct str stored)
{
    struct json_object *root;
    struct text plain;

    text_init(&plain);
    text_add_str(&plain, "before");
    if (value_decode(&plain, stored)) {
        struct str value = str_make(plain.bytes + 6, plain.len - 6);

        CHECK(utf8_valid(value) && value_bare_number(stored).p == NULL);
        CHECK(json_parse(&root, stored, 2) && str_equal(json_plain(root), value));
        json_free(root);
        check_plain(value);
    } else {
        CHECK(plain.len == 6);
    }
    CHECK(strncmp(plain.bytes, "before", 6) == 0);
    text_fini(&plain);
}

static void
fuzz(struct str input)
{
    check_stored(input);
    if (utf8_valid(input)) {
        check_plain(input);
    }
    CHECK(fuzz_within(value_bare_number(input), input));
}
