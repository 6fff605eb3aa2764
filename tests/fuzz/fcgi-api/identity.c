/* identity.c - any bytes as the header token (up to the first line end) and the header userId. */
#include "fcgi-api/http/identity.h"

#include "lib/utf8.h"
#include "tests/fuzz/fuzz.h"

/* What a reading has made is text as the first one has, or an id. */
static void
fuzz(struct str input)
{
    struct str token = fuzz_part(&input, '\n');
    struct identity id;
    int readings = 1;

    identity_read(&id, input, token);
    CHECK(str_equal(id.user, input) == (input.len > IDENTITY_MAX_BYTES || utf8_valid(input)));
    CHECK(input.len > IDENTITY_MAX_BYTES || utf8_valid(id.user));
    CHECK(str_equal(id.token, token));
    while (identity_next(&id)) {
        readings++;
        CHECK(id_valid(id.user));
        CHECK(id.token.len == 0 || fuzz_within(id.token, token));
    }
    CHECK(readings <= 3 && id.reading == IDENTITY_DECODED);
}
