/* urlencoded.c - any bytes as a query (up to the first line end) and an urlencoded body. */
#include "fcgi-api/http/form.h"

#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

static struct request
request_with(struct str query, struct str body)
{
    return (struct request){
        .query = query, .body = body, .content_type = str_of("application/x-www-form-urlencoded")};
}

static void
encode(struct text *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char escape[4];

        snprintf(escape, sizeof(escape), "%%%02X", (unsigned char)s.p[i]);
        text_add(out, s.p[i] == ' ' ? "+" : escape, s.p[i] == ' ' ? 1 : 3);
    }
}

/* What was read, encoded byte for byte, reads the same. */
static void
check_round_trip(const struct form *f)
{
    struct text body;
    struct form again;
    struct request r;

    text_init(&body);
    for (size_t i = 0; i < f->count; i++) {
        encode(&body, f->fields[i].name);
        text_add_str(&body, "=");
        encode(&body, f->fields[i].value);
        text_add_str(&body, "&");
    }
    r = request_with(str_make("", 0), text_str(&body));
    CHECK(form_read(&again, &r) == FORM_OK && again.count == f->count);
    for (size_t i = 0; i < f->count; i++) {
        CHECK(str_equal(again.fields[i].name, f->fields[i].name));
        CHECK(str_equal(again.fields[i].value, f->fields[i].value));
    }
    form_fini(&again);
    text_fini(&body);
}

static void
fuzz(struct str input)
{
    struct str query = fuzz_part(&input, '\n');
    struct request r = request_with(query, input);
    struct form f;
    enum form_result result = form_read(&f, &r);

    CHECK(result == FORM_OK || result == FORM_MALFORMED);
    CHECK(f.count <= FORM_FIELDS_MAX);
    for (size_t i = 0; i < f.count; i++) {
        CHECK(utf8_valid(f.fields[i].name) && utf8_valid(f.fields[i].value));
        CHECK(strnlen(f.fields[i].value.p, f.fields[i].value.len) == f.fields[i].value.len);
    }
    if (result == FORM_OK) {
        check_round_trip(&f);
    }
    form_fini(&f);
}
