/* example-module.c - a login module to begin with: users in a text file, and a look at each request.
 *
 *     cc -shared -fPIC -o /usr/local/lib/fastim-example.so example-module.c
 *
 * and in fastim.yml
 *
 *     login: {method: module, module: /usr/local/lib/fastim-example.so}
 *
 * The file, /etc/fastim/users or what -DUSERS='"PATH"' names, has a user a line, `name:password:nickname`. A real site
 * would ask its own database here; passwords as they stand are for an example only.
 *
 * SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include <fastim/fastim_module.h>

#ifndef USERS
#define USERS "/etc/fastim/users"
#endif

FASTIM_MODULE

/* The rest of `line` behind the first field, if that is `field`; the line then ends each field with NUL. */
static char *
behind(char *line, const char *field)
{
    char *colon = strchr(line, ':');

    if (colon == NULL) {
        return NULL;
    }
    *colon = '\0';
    return strcmp(line, field) == 0 ? colon + 1 : NULL;
}

/* The nickname becomes what the client of /user/login gets as `data`. It must last until the next call: one
 * request is served at a time, so a static buffer does. */
static int
check_line(char *line, const char *user, const char *password, struct fastim_user_info *info)
{
    static char nickname[256];
    char *rest;

    line[strcspn(line, "\r\n")] = '\0';
    rest = behind(line, user);
    if (rest == NULL) {
        return 0;
    }
    rest = behind(rest, password);
    if (rest == NULL) {
        return 0;
    }
    snprintf(nickname, sizeof(nickname), "%s", rest);
    info->text = nickname;
    return 1;
}

int
fastim_login(const char *user, const char *password, struct fastim_user_info *info)
{
    char line[2048];
    FILE *file = fopen(USERS, "re");
    int answer = FASTIM_NO;

    if (file == NULL) {
        perror("fastim-example: " USERS); /* goes to the error log */
        return FASTIM_UNKNOWN;           /* 503: the client is to try again */
    }
    while (answer == FASTIM_NO && fgets(line, sizeof(line), file) != NULL) {
        if (check_line(line, user, password, info)) {
            answer = FASTIM_YES;
        }
    }
    fclose(file);
    return answer;
}

/* Not needed, and asked whatever the login method is. */
int
fastim_intercept(const struct fastim_request *request, struct fastim_refusal *refusal)
{
    const char *agent = request->variable(request, "HTTP_USER_AGENT");

    if (agent != NULL && strncmp(agent, "BadBot", 6) == 0) {
        refusal->code = 403;
        refusal->msg = "no bots here";
        return FASTIM_NO;
    }
    return FASTIM_YES;
}
