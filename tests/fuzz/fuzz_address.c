/* fuzz_address.c - X-Forwarded-For, '\0', whom to trust: an address survives being printed. */
#include "lib/address.h"
#include "push-daemon/peer.h"
#include "push-daemon/visitor.h"
#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = input_of(data, size);
    struct str forwarded = input_word(&in);
    char *trusted = input_copy(input_word(&in));
    struct visitor v = {0};
    struct address again;

    if (address_list_is_valid(trusted)) {
        peer_find(&v, -1, forwarded, trusted);
        CHECK(address_parse(&again, str_of(address_text(&v.client).text)));
        CHECK(memcmp(&again, &v.client, sizeof(again)) == 0);
    }
    if (address_parse(&again, forwarded)) {
        CHECK(address_parse(&v.client, str_of(address_text(&again).text)));
        CHECK(memcmp(&again, &v.client, sizeof(again)) == 0);
        (void)address_in_list(&again, address_list_is_valid(trusted) ? trusted : "");
    }
    free(trusted);
    return 0;
}
