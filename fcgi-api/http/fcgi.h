/* fcgi.h - requests from the web server: by FastCGI, or by CGI if it started the process so. */
#ifndef API_HTTP_FCGI_H
#define API_HTTP_FCGI_H

#include <stdbool.h>

#include "fcgi-api/http/request.h"
#include "lib/str.h"

struct fcgi;

struct fcgi *fcgi_create(void);
void fcgi_destroy(struct fcgi *f); /* NULL is fine */

/* Waits for the next request and reads all of it. Its strings live until fcgi_reply(). Returns
 * false if no more will come: after a stop signal or, as a CGI, after the one request. */
bool fcgi_accept(struct fcgi *f, struct request *request);

/* Sends the reply, each part from where it is, and ends the request. Ignores failures: then nobody
 * waits for it. */
void fcgi_reply(struct fcgi *f, struct str head, struct str body);

#endif
