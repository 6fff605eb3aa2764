/* multipart.c - any bytes as a multipart body; up to the first line end the input is its
 * Content-Type. */
#include "fcgi-api/http/multipart.h"

#include "tests/fuzz/fuzz.h"

struct seen {
    struct str body, boundary;
    struct text again; /* the same fields, as we would send them */
    size_t count;
    bool plain; /* no name that wants escapes */
};

static bool
on_field(void *arg, struct str name, struct str value)
{
    struct seen *s = arg;
    char delimiter[80];

    CHECK(fuzz_within(name, s->body) && fuzz_within(value, s->body));
    s->count++;
    snprintf(delimiter, sizeof(delimiter), "\r\n--%.*s\r\n", (int)s->boundary.len, s->boundary.p);
    CHECK(value.len == 0 || memchr(s->boundary.p, '\0', s->boundary.len) != NULL ||
          memmem(value.p, value.len, delimiter, strlen(delimiter)) == NULL);
    for (size_t i = 0; i < name.len; i++) {
        s->plain = s->plain && strchr("\"\\\r\n", name.p[i]) == NULL;
    }
    text_add_str(&s->again, "--");
    text_add(&s->again, s->boundary.p, s->boundary.len);
    text_add_str(&s->again, "\r\ncontent-disposition : form-data; name=\"");
    text_add(&s->again, name.p, name.len);
    text_add_str(&s->again, "\"\r\n\r\n");
    text_add(&s->again, value.p, value.len);
    text_add_str(&s->again, "\r\n");
    return true;
}

static void
fuzz(struct str input)
{
    struct str type = fuzz_part(&input, '\n');
    struct seen first = {.body = input, .plain = true}, second = {.plain = true};
    struct str name;
    bool ok;

    first.boundary = multipart_boundary(type);
    if (first.boundary.p == NULL) {
        return;
    }
    CHECK(first.boundary.len >= 1 && first.boundary.len <= 70 && fuzz_within(first.boundary, type));
    text_init(&first.again);
    text_init(&second.again);
    ok = multipart_parse(input, first.boundary, on_field, &first, &name) == MULTIPART_OK;
    CHECK(name.p == NULL || fuzz_within(name, input));
    if (ok && first.plain) {
        text_add_str(&first.again, "--");
        text_add(&first.again, first.boundary.p, first.boundary.len);
        text_add_str(&first.again, "--");
        second.body = text_str(&first.again);
        second.boundary = first.boundary;
        CHECK(multipart_parse(second.body, second.boundary, on_field, &second, &name) ==
              MULTIPART_OK);
        CHECK(second.count == first.count);
        CHECK(second.count == 0 ||
              memcmp(first.again.bytes, second.again.bytes, second.again.len) == 0);
    }
    text_fini(&first.again);
    text_fini(&second.again);
}
