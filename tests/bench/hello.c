/* hello.c - the least that a FastCGI program can do for a user's groups: one GET of Redis, a reply.
 *
 * FASTIM_BENCH_REDIS is Redis' port. What /user/listGroup costs is measured against it. */
#include <fcgiapp.h>
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>

int
main(void)
{
    const char *port = getenv("FASTIM_BENCH_REDIS");
    redisContext *redis = redisConnect("127.0.0.1", port != NULL ? atoi(port) : 6379);
    FCGX_Request request;

    if (redis == NULL || redis->err != 0) {
        fprintf(stderr, "hello: no Redis\n");
        return 1;
    }
    FCGX_Init();
    FCGX_InitRequest(&request, 0, 0);
    while (FCGX_Accept_r(&request) == 0) {
        redisReply *reply = redisCommand(redis, "GET hello");

        if (reply == NULL) {
            return 1;
        }
        FCGX_FPrintF(request.out,
                     "Status: 200 OK\r\nContent-Type: application/json\r\n\r\n"
                     "{\"code\":200,\"msg\":\"hello\",\"data\":\"%s\"}",
                     reply->type == REDIS_REPLY_STRING ? reply->str : "");
        freeReplyObject(reply);
        FCGX_Finish_r(&request);
    }
    return 0;
}
