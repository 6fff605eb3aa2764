/* operator.h - who is an operator: the header adminToken. */
#ifndef API_ADMIN_OPERATOR_H
#define API_ADMIN_OPERATOR_H

#include <stdbool.h>

#include "fcgi-api/exchange.h"

/* Are there operators, so that the paths for them exist? The program itself may always be one. */
bool operator_is_possible(const struct config *config, const struct request *request);

/* Does the request come from where operators may come from? If not, the response says so. */
bool operator_may_come(struct exchange *ex);

/* Is the request an operator's, by its adminToken? Then its name is ex->operator_name. If not, that
 * counts as a failed login of the client's address. Returns false then, or if the client must wait
 * or may not come from there; the response says so. */
bool operator_enter(struct exchange *ex);

#endif
