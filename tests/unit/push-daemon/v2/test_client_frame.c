/* test_client_frame.c - frames from clients of fastim.v2, and what is wrong with them. */
#include "push-daemon/v2/client_frame.h"

#include <stdio.h>

#include "tests/unit/unit.h"

#define ID64 "0123456789012345678901234567890123456789012345678901234567890123"

/* What it gives, as "TYPE id=... info=... token=... user=... ts=N count=N: CODE REASON". */
static void
tell(char out[400], const struct client_frame *f)
{
    static const char *const types[] = {"auth",   "send", "recall", "history",
                                        "signal", "read", "ping",   "?"};
    const struct {
        const char *name;
        struct str value;
    } texts[] = {{"id", f->id}, {"info", f->info}, {"token", f->token}, {"user", f->user}};
    size_t at = (size_t)snprintf(out, 400, "%s", types[f->type]);

    for (int i = 0; i < 4; i++) {
        if (texts[i].value.len > 0 && f->error == V2_ERROR__MAX) {
            at += (size_t)snprintf(out + at, 400 - at, " %s=%.*s", texts[i].name,
                                   (int)texts[i].value.len, texts[i].value.p);
        }
    }
    if (f->error != V2_ERROR__MAX) {
        snprintf(out + at, 400 - at, "%s%.*s: %d %s", f->id.len > 0 ? " id=" : "", (int)f->id.len,
                 f->id.len > 0 ? f->id.p : "", v2_error_code(f->error), v2_error_reason(f->error));
    } else if (f->type == CLIENT_RECALL || f->type == CLIENT_READ) {
        snprintf(out + at, 400 - at, " ts=%lld", (long long)f->ts);
    } else if (f->type == CLIENT_HISTORY) {
        snprintf(out + at, 400 - at, " ts=%lld count=%lld", (long long)f->ts, (long long)f->count);
    }
}

static void
each_type_has_its_rules(void **state)
{
    static const char *const rows[][2] = {
        /* auth */
        {"{\"type\":\"auth\",\"token\":\"x\"}", "auth token=x"},
        {"{\"type\":\"auth\",\"token\":\"\"}", "auth"}, /* no token of anybody: 440 */
        {"{\"type\":\"auth\"}", "auth: 400 token"},
        {"{\"type\":\"auth\",\"token\":7}", "auth: 400 token"},
        {"{\"type\":\"auth\",\"token\":null}", "auth: 400 token"},
        /* send */
        {"{\"type\":\"send\",\"id\":\"k3f9\",\"info\":\"hello\"}", "send id=k3f9 info=hello"},
        {"{\"type\":\"send\",\"id\":\"" ID64 "\",\"info\":\"x\"}", "send id=" ID64 " info=x"},
        {"{\"type\":\"send\",\"id\":\"A.z_0~-\",\"info\":\"x\",\"a\":[{}]}",
         "send id=A.z_0~- info=x"},
        {"{\"type\":\"send\",\"id\":\"" ID64 "4\",\"info\":\"x\"}", "send: 400 id"},
        {"{\"type\":\"send\",\"id\":\"\",\"info\":\"x\"}", "send: 400 id"},
        {"{\"type\":\"send\",\"id\":\"a b\",\"info\":\"x\"}", "send: 400 id"},
        {"{\"type\":\"send\",\"id\":\"a\\u0000\",\"info\":\"x\"}", "send: 400 id"},
        {"{\"type\":\"send\",\"id\":7,\"info\":\"x\"}", "send: 400 id"},
        {"{\"type\":\"send\",\"info\":\"x\"}", "send: 400 id"},
        {"{\"type\":\"send\",\"info\":\"\"}", "send: 400 id"},
        {"{\"type\":\"send\",\"id\":\"k\"}", "send id=k: 400 info"},
        {"{\"type\":\"send\",\"id\":\"k\",\"info\":\"\"}", "send id=k: 400 info"},
        {"{\"type\":\"send\",\"id\":\"k\",\"info\":{}}", "send id=k: 400 info"},
        /* recall */
        {"{\"type\":\"recall\",\"ts\":5}", "recall ts=5"},
        {"{\"type\":\"recall\",\"ts\":0,\"id\":\"r\"}", "recall id=r ts=0"},
        {"{\"type\":\"recall\",\"ts\":9007199254740991}", "recall ts=9007199254740991"},
        {"{\"type\":\"recall\",\"ts\":9007199254740992}", "recall: 400 ts"},
        {"{\"type\":\"recall\",\"ts\":5.0}", "recall ts=5"},
        {"{\"type\":\"recall\",\"ts\":5,\"userId\":\"7\"}", "recall user=7 ts=5"},
        {"{\"type\":\"recall\",\"ts\":5,\"id\":\"r r\"}", "recall: 400 id"},
        {"{\"type\":\"recall\",\"id\":\"r\"}", "recall id=r: 400 ts"},
        {"{\"type\":\"recall\",\"ts\":-1}", "recall: 400 ts"},
        {"{\"type\":\"recall\",\"ts\":5.5}", "recall: 400 ts"},
        {"{\"type\":\"recall\",\"ts\":1e300}", "recall: 400 ts"},
        {"{\"type\":\"recall\",\"ts\":9007199254740994}", "recall: 400 ts"},
        {"{\"type\":\"recall\",\"ts\":\"5\"}", "recall: 400 ts"},
        {"{\"type\":\"recall\",\"ts\":5,\"userId\":7}", "recall: 400 userId"},
        {"{\"type\":\"recall\",\"ts\":5,\"userId\":\"\"}", "recall: 400 userId"},
        {"{\"type\":\"recall\",\"ts\":5,\"userId\":\"a/b\"}", "recall: 400 userId"},
        /* history */
        {"{\"type\":\"history\",\"before\":5}", "history ts=5 count=50"},
        {"{\"type\":\"history\",\"before\":0,\"count\":1}", "history ts=0 count=1"},
        {"{\"type\":\"history\",\"before\":5,\"count\":200,\"id\":\"h\",\"userId\":\"7\"}",
         "history id=h user=7 ts=5 count=200"},
        {"{\"type\":\"history\",\"id\":\"h\"}", "history id=h: 400 before"},
        {"{\"type\":\"history\",\"before\":true}", "history: 400 before"},
        {"{\"type\":\"history\",\"before\":5,\"count\":0}", "history: 400 count"},
        {"{\"type\":\"history\",\"before\":5,\"count\":201}", "history: 400 count"},
        {"{\"type\":\"history\",\"before\":5,\"count\":1.5}", "history: 400 count"},
        {"{\"type\":\"history\",\"before\":5,\"count\":null}", "history: 400 count"},
        {"{\"type\":\"history\",\"before\":5,\"userId\":\"..\"}", "history: 400 userId"},
        /* signal, read, ping */
        {"{\"type\":\"signal\",\"info\":\"typing\"}", "signal info=typing"},
        {"{\"type\":\"signal\",\"info\":\"\"}", "signal"},
        {"{\"type\":\"signal\"}", "signal: 400 info"},
        {"{\"type\":\"read\",\"ts\":7}", "read ts=7"},
        {"{\"type\":\"read\",\"ts\":7,\"id\":\"x\"}", "read id=x ts=7"},
        {"{\"type\":\"read\"}", "read: 400 ts"},
        {"{\"type\":\"ping\"}", "ping"},
        {"{\"type\":\"ping\",\"id\":7,\"ts\":[]}", "ping"},
        /* Not known. */
        {"{\"type\":\"\"}", "?: 400 type"},
        {"{\"type\":\"Send\",\"id\":\"k\"}", "? id=k: 400 type"},
        {"{\"type\":\"send \",\"id\":\"a b\"}", "?: 400 type"},
        {"{\"type\":\"welcome\",\"id\":7}", "?: 400 type"},
        {"{\"a\":1,\"type\":\"ping\\u0000\"}", "?: 400 type"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct client_frame f;
        char told[400];

        assert_true(client_frame_read(&f, str_of(rows[i][0])));
        tell(told, &f);
        if (strcmp(told, rows[i][1]) != 0) {
            fail_msg("%s: got \"%s\", wanted \"%s\"", rows[i][0], told, rows[i][1]);
        }
        client_frame_fini(&f);
    }
}

static void
what_is_no_object_with_a_type_is_no_frame(void **state)
{
    static const char *const others[] = {
        "",
        " ",
        "ping",
        "7",
        "null",
        "true",
        "\"ping\"",
        "[]",
        "[{\"type\":\"ping\"}]",
        "{",
        "{}",
        "{\"type\"}",
        "{\"type\":7}",
        "{\"type\":null}",
        "{\"type\":{}}",
        "{\"Type\":\"ping\"}",
        "{\"type\":\"ping\"",
        "{\"type\":\"ping\"}}",
        "{\"type\":\"ping\"} x",
        "{'type':'ping'}",
        "{\"type\":\"ping\",}",
        "{\"type\":\"ping\",\"a\":[[[[[[[[[[]]]]]]]]]]}", /* too deep */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        struct client_frame f;

        if (client_frame_read(&f, str_of(others[i]))) {
            fail_msg("it was read: %s", others[i]);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_its_rules),
        cmocka_unit_test(what_is_no_object_with_a_type_is_no_frame),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
