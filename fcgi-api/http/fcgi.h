/* fcgi.h - the web server's side: FastCGI, or plain CGI where we were started as that. */
#ifndef API_HTTP_FCGI_H
#define API_HTTP_FCGI_H

#include <stdbool.h>

#include "fcgi-api/http/request.h"
#include "lib/str.h"

struct fcgi;

struct fcgi *fcgi_create(void);
void fcgi_destroy(struct fcgi *f); /* NULL is fine */

/* Waits for the next request, and reads it to its end. False: there is none to come, because we were
 * told to stop or, as CGI, have had ours. The request lives until the reply. */
bool fcgi_accept(struct fcgi *f, struct request *request);
void fcgi_reply(struct fcgi *f, struct str bytes);

#endif
