/* request.c - any bytes as a request: lines NAME=VALUE, an empty one, the body. There is no Redis.
 *
 * Whatever it is, the answer is a whole one by the contract. */
#include "fcgi-api/http/request.h"

#include "fcgi-api/handle.h"
#include "lib/json.h"
#include "lib/config/settings.h"
#include "tests/fuzz/fuzz.h"

enum {
    VARIABLES_MAX = 32
};

struct environment {
    char *names[VARIABLES_MAX]; /* each NAME=VALUE */
    size_t count;
};

static const char *
get(void *arg, const char *name)
{
    const struct environment *e = arg;
    size_t length = strlen(name);

    for (size_t i = 0; i < e->count; i++) {
        if (strncmp(e->names[i], name, length) == 0 && e->names[i][length] == '=') {
            return e->names[i] + length + 1;
        }
    }
    return NULL;
}

static const struct api *
api(void)
{
    static struct config config;
    static struct api made;

    if (made.config == NULL) {
        settings_set_defaults(&config);
        CHECK(settings_set(&config, settings_find("redis.socket"), str_of("/proc/no-redis")));
        CHECK(settings_set(&config, settings_find("http.origins"), str_of("http://a http://b")));
        CHECK(settings_set(&config, settings_find("login.jwtKey"),
                           str_of("0123456789abcdef0123456789ABCDEF")));
        CHECK(settings_set(&config, settings_find("admin.tokens"), str_of("ann:ann-s-token")));
        made = (struct api){
            .config = &config, .store = store_create(&config), .login = login_create(&config)};
    }
    return &made;
}

static bool
is_known(int status)
{
    static const int known[] = {200, 204, 400, 403, 404, 405, 413, 415, 503};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (known[i] == status) {
            return true;
        }
    }
    return false;
}

/* NAME: VALUE, line by line; then the body, of the length that was said. */
static void
check_answer(const struct response *r)
{
    struct text out;
    struct str head, line, body;
    const char *end;
    size_t said = 0;

    text_init(&out);
    response_add_head(r, &out);
    text_add(&out, r->body.bytes, r->body.len);
    end = memmem(out.bytes, out.len, "\r\n\r\n", 4);
    CHECK(end != NULL);
    head = str_make(out.bytes, (size_t)(end - out.bytes));
    body = str_make(end + 4, out.len - head.len - 4);
    while (head.len > 0) {
        line = fuzz_part(&head, '\n');
        CHECK(line.len > 0 && memchr(line.p, ':', line.len) != NULL);
        (void)sscanf(line.p, "Content-Length: %zu", &said);
        for (size_t i = 0; i < line.len - 1; i++) {
            CHECK((unsigned char)line.p[i] >= 0x20 && line.p[i] != 0x7f);
        }
    }
    CHECK(said == body.len);
    text_fini(&out);
}

static void
fuzz(struct str input)
{
    struct environment e = {.count = 0};
    struct request request;
    struct response response;
    struct str line;

    while ((line = fuzz_part(&input, '\n')).len > 0 && e.count < VARIABLES_MAX) {
        e.names[e.count++] = strndup(line.p, line.len);
    }
    request_read(&request, get, &e);
    request.body = input;
    if (get(&e, "OPERATOR") != NULL) { /* no web server has it: the program itself makes it */
        request.operator_name = str_of(get(&e, "OPERATOR"));
    }
    response_init(&response);
    handle(api(), &request, &response);
    CHECK(is_known(response.status));
    check_answer(&response);
    if (response.status != 204 &&
        !(response.status == 200 && response.body.len > 0 && response.body.bytes[0] == '<')) {
        CHECK(json_is_valid(response.body.bytes));
        CHECK(strncmp(response.body.bytes, "{\"code\":", 8) == 0);
    }
    response_fini(&response);
    while (e.count > 0) {
        free(e.names[--e.count]);
    }
}
