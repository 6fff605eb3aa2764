/* slow_names.c - preloaded into a program, makes the look-up of a name that ends in .example take
 * SLOW_NAMES seconds, as if the name server were away, and then fail. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int look_up_fn(const char *node, const char *service, const struct addrinfo *hints,
                       struct addrinfo **found);

int
getaddrinfo(const char *restrict node, const char *restrict service,
            const struct addrinfo *restrict hints, struct addrinfo **restrict found)
{
    const char *seconds = getenv("SLOW_NAMES");
    const char *end = node != NULL ? strstr(node, ".example") : NULL;

    if (end != NULL && seconds != NULL) {
        sleep((unsigned)atoi(seconds));
        return EAI_AGAIN;
    }
    return ((look_up_fn *)dlsym(RTLD_NEXT, "getaddrinfo"))(node, service, hints, found);
}
