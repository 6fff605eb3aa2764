/* fuzz_request.c - the variables of a request, each ended by '\0', then its body: read, decoded, and routed. */
#include "fcgi-api/endpoint.h"
#include "fcgi-api/form.h"
#include "fcgi-api/request.h"
#include "fcgi-api/router.h"
#include "tests/fuzz/fuzz.h"

static const char *const names[] = {
    "REQUEST_METHOD", "PATH_INFO",  "SCRIPT_NAME", "REQUEST_URI", "QUERY_STRING", "CONTENT_TYPE",
    "HTTP_USERID",    "HTTP_TOKEN", "HTTP_ORIGIN", "REMOTE_ADDR", "REMOTE_USER",
};
enum {
    NAMES = sizeof(names) / sizeof(names[0])
};

static const char *
get(void *arg, const char *name)
{
    char **values = arg;

    for (size_t i = 0; i < NAMES; i++) {
        if (strcmp(names[i], name) == 0) {
            return *values[i] != '\0' ? values[i] : NULL;
        }
    }
    return NULL;
}

static void
read_form(const struct request *r)
{
    static volatile int sum;
    struct form form;
    enum form_result result = form_read(&form, r);

    CHECK(result < FORM_RESULT__MAX);
    for (size_t i = 0; result == FORM_OK && i < form.count; i++) {
        struct str name = form.fields[i].name, value = form.fields[i].value;

        sum += name.len > 0 ? name.p[0] + name.p[name.len - 1]
                            : 0; /* all of it is there: ASan looks on */
        sum += value.len > 0 ? value.p[0] + value.p[value.len - 1] : 0;
    }
    CHECK(form.count <= FORM_FIELDS_MAX || result != FORM_OK);
    (void)sum;
    form_fini(&form);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    const struct endpoint *endpoint;
    char *values[NAMES];
    struct request r = {0};
    int status;

    for (size_t i = 0; i < NAMES; i++) {
        values[i] = input_copy(input_word(&in));
    }
    request_read(&r, get, values);
    r.body = input_rest(&in);
    status = router_find(endpoint_table, r.method, r.path, &endpoint);
    CHECK(status == 0 || status == 204 || status == 404 || status == 405);
    read_form(&r);
    for (size_t i = 0; i < NAMES; i++) {
        free(values[i]);
    }
    return 0;
}
