/* table.c - all endpoints. A new one is a new file and a line here. */
#include "fcgi-api/endpoints/endpoint.h"

#include <stddef.h>

/* clang-format off */
const struct endpoint *const endpoint_table[] = {
    &ep_user_login,
    &ep_user_join_group,
    &ep_user_list_group,
    &ep_user_logout,
    &ep_user_leave_group,
    &ep_user_read,
    &ep_group_list_message,
    &ep_group_list_old_message,
    &ep_group_del_message,
    &ep_group_send_message,
    &ep_group_online,
    &ep_test_websocket,
    NULL,
};
/* clang-format on */
