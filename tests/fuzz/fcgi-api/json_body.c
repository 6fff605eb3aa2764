/* json_body.c - any bytes as an application/json body.
 *
 * Whatever is taken is JSON for json-c as well, and says the same. */
#include "fcgi-api/http/form.h"

#include <json-c/json.h>

#include "lib/json.h"
#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

static struct request
request_with(struct str body)
{
    return (struct request){.body = body, .content_type = str_of("application/json")};
}

/* The text of a string; of all else what json-c has kept of it. json-c 0.16 takes U+2D800, and all
 * that ends so, for half a character if it is written by \u, and makes it U+FFFD. */
static void
check_value(struct str value, struct json_object *wanted)
{
    const char *text = json_object_get_string(wanted);

    if (json_object_is_type(wanted, json_type_string)) {
        CHECK(str_is(value, text) || strstr(text, "\xef\xbf\xbd") != NULL);
    } else if (json_object_is_type(wanted, json_type_int)) { /* -0, and what is beyond 64 bits */
        CHECK(str_is(value, text) || value.len > 18 || str_is(value, "-0"));
    } else {
        CHECK(str_is(value, text));
    }
}

/* json-c keeps the last of equal names. */
static void
check_fields(const struct form *f, struct json_object *root)
{
    for (size_t i = 0; i < f->count; i++) {
        struct json_object *wanted;
        char *name = strndup(f->fields[i].name.p, f->fields[i].name.len);
        bool is_last = true;

        for (size_t k = i + 1; k < f->count; k++) {
            is_last = is_last && !str_equal(f->fields[k].name, f->fields[i].name);
        }
        CHECK(json_object_object_get_ex(root, name, &wanted));
        if (is_last && wanted != NULL) { /* a null may come after it */
            check_value(f->fields[i].value, wanted);
        }
        free(name);
    }
}

/* What was read, written as JSON, reads the same. */
static void
check_round_trip(const struct form *f)
{
    struct text body;
    struct form again;
    struct request r;

    text_init(&body);
    text_add_str(&body, "{");
    for (size_t i = 0; i < f->count; i++) {
        text_add_str(&body, i > 0 ? "," : "");
        text_add_json(&body, f->fields[i].name);
        text_add_str(&body, ":");
        text_add_json(&body, f->fields[i].value);
    }
    text_add_str(&body, "}");
    r = request_with(text_str(&body));
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
    struct request r = request_with(input);
    struct form f;
    enum form_result result = form_read(&f, &r);
    struct json_object *root;

    CHECK(result == FORM_OK || result == FORM_MALFORMED);
    CHECK((result == FORM_OK) == (f.why[0] == '\0') && utf8_valid(str_of(f.why)));
    CHECK(f.count <= FORM_FIELDS_MAX);
    for (size_t i = 0; i < f.count; i++) {
        CHECK(utf8_valid(f.fields[i].name) && utf8_valid(f.fields[i].value));
        CHECK(strnlen(f.fields[i].value.p, f.fields[i].value.len) == f.fields[i].value.len);
    }
    if (result == FORM_OK) {
        if (json_parse(&root, input, 4) && root != NULL) {
            check_fields(&f, root);
            json_object_put(root);
        } else {
            CHECK(f.count == 0); /* null or blanks */
        }
        check_round_trip(&f);
    }
    form_fini(&f);
}
