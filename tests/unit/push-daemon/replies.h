/* replies.h - what Redis answers, for code that is handed a struct reply. */
#ifndef TESTS_UNIT_PUSHD_REPLIES_H
#define TESTS_UNIT_PUSHD_REPLIES_H

#include <hiredis/hiredis.h>

#include "lib/redis/resp.h"
#include "tests/unit/unit.h"

/* One reply as it goes over the wire, as "*2\r\n:1\r\n$1\r\nx\r\n". To be freed with
 * reply_free(). */
static inline struct reply *
reply_parse(const char *wire)
{
    redisReader *reader = redisReaderCreate();
    void *reply = NULL;

    assert_int_equal(redisReaderFeed(reader, wire, strlen(wire)), REDIS_OK);
    assert_int_equal(redisReaderGetReply(reader, &reply), REDIS_OK);
    assert_non_null(reply); /* else it is not whole */
    assert_int_equal(reader->pos, reader->len);
    redisReaderFree(reader);
    return reply;
}

/* Hands a reply to a callback of the code under test. wire NULL: the reply was lost. */
static inline void
reply_give(void (*fn)(void *arg, const struct reply *reply), void *arg, const char *wire)
{
    struct reply *reply = wire != NULL ? reply_parse(wire) : NULL;

    fn(arg, reply);
    reply_free(reply);
}

#endif
