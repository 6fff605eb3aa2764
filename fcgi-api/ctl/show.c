/* show.c - what an endpoint answers, as rows. */
#include "fcgi-api/ctl/show.h"

#include "fcgi-api/ctl/output.h"
#include "lib/json.h"
#include "lib/wordlist.h"

/* What is being shown. */
struct show {
    struct output out;
    const char *columns;
    const char *named; /* columns that are members */
    struct text name;  /* of the member, with those that it lies in */
    struct text more;  /* members that are no column */
};

/* Times in Unix milliseconds; one that is not above 0 is for ever. */
static bool
show_is_time(const char *name)
{
    return wordlist_has("when until", str_of(name));
}

static void
show_value(struct show *s, const char *name, const struct json_object *value)
{
    struct str plain = value != NULL ? json_plain(value) : str_make("", 0);
    double ms;

    if (value != NULL && show_is_time(name) && json_number(value, &ms)) {
        output_add_time(&s->out, (int64_t)ms);
    } else {
        output_add(&s->out, plain);
    }
}

/* ---- rows of an array ---- */

static void
show_add_more(void *arg, const char *key, const struct json_object *member)
{
    struct show *s = arg;
    struct str value = json_plain(member);
    char date[OUTPUT_DATE_SIZE];
    double ms;

    if (s->out.is_screen && show_is_time(key) && json_number(member, &ms)) {
        output_date(date, (int64_t)ms);
        value = str_of(date);
    }
    if (!wordlist_has(s->named, str_of(key))) {
        text_add_str(&s->more, s->more.len > 0 ? " " : "");
        text_add_str(&s->more, key);
        text_add_str(&s->more, "=");
        text_add(&s->more, value.p, value.len);
    }
}

static void
show_object_row(struct show *s, const struct json_object *row)
{
    const char *rest = s->columns;
    struct str column;

    while ((column = wordlist_next(&rest)).len > 0) {
        char name[32] = "";

        memcpy(name, column.p, column.len < sizeof(name) - 1 ? column.len : sizeof(name) - 1);
        if (strcmp(name, "more") == 0) {
            text_clear(&s->more);
            json_each(row, show_add_more, s);
            output_add(&s->out, text_str(&s->more));
        } else {
            show_value(s, name, json_get(row, name));
        }
    }
}

static void
show_array(struct show *s, const struct json_object *data)
{
    for (size_t i = 0; i < json_count(data); i++) {
        const struct json_object *row = json_at(data, i);

        if (json_is_object(row)) {
            show_object_row(s, row);
        } else {
            show_value(s, s->columns, row);
        }
    }
}

/* ---- members of an object ---- */

static void show_member(void *arg, const char *key, const struct json_object *member);

/* The members of one row in one text. */
static void
show_row_of_member(struct show *s, const struct json_object *row)
{
    output_add(&s->out, text_str(&s->name));
    if (!json_is_object(row)) {
        output_add(&s->out, json_plain(row));
        return;
    }
    text_clear(&s->more);
    json_each(row, show_add_more, s);
    output_add(&s->out, text_str(&s->more));
}

static void
show_member(void *arg, const char *key, const struct json_object *member)
{
    struct show *s = arg;
    size_t before = s->name.len;

    text_add_str(&s->name, before > 0 ? "." : "");
    text_add_str(&s->name, key);
    if (json_is_object(member)) {
        json_each(member, show_member, s);
    } else if (json_is_array(member)) {
        for (size_t i = 0; i < json_count(member); i++) {
            show_row_of_member(s, json_at(member, i));
        }
    } else {
        show_row_of_member(s, member);
    }
    s->name.len = before;
    s->name.bytes[before] = '\0';
}

void
show_data(const struct json_object *data, const char *columns, bool is_screen)
{
    struct show s = {.columns = columns, .named = columns};

    if (json_is_object(data)) {
        s.columns = "name value";
        s.named = "";
    }
    if (data == NULL) {
        return;
    }
    output_init(&s.out, s.columns, is_screen);
    text_init(&s.name);
    text_init(&s.more);
    if (json_is_object(data)) {
        json_each(data, show_member, &s);
    } else if (json_is_array(data)) {
        show_array(&s, data);
    } else {
        show_value(&s, s.columns, data);
    }
    output_fini(&s.out);
    text_fini(&s.name);
    text_fini(&s.more);
}
