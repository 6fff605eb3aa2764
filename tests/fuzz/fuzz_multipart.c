/* fuzz_multipart.c - a Content-Type, '\0', a body: each field lies within the body. */
#include "fcgi-api/multipart.h"

#include "tests/fuzz/fuzz.h"

struct seen {
    struct str body;
    const char *last; /* fields come in their order */
};

static bool
look(void *arg, struct str name, struct str value)
{
    struct seen *seen = arg;

    CHECK(is_within(name, seen->body) && is_within(value, seen->body));
    CHECK(name.p > seen->last && value.p > name.p);
    seen->last = value.p;
    return true;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    struct str type = input_word(&in), boundary = multipart_boundary(type);
    struct seen seen = {.body = input_rest(&in)};

    if (boundary.p != NULL) {
        CHECK(is_within(boundary, type) && boundary.len > 0 && boundary.len <= 70);
        seen.last = seen.body.p - 1;
        (void)multipart_parse(seen.body, boundary, look, &seen);
    }
    return 0;
}
