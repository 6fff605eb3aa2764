/* table.c - all endpoints. A new one is a line here. */
#include "fcgi-api/admin/admin.h"
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
    &ep_client_room,
    &ep_page_chat,
    &ep_page_test,
    &ep_client_fastim,
    &ep_client_sse,
    &ep_client_global,
    &ep_client_admin,
    &ep_page_admin,
    &ep_page_fastim_admin,
    &ep_admin_message,
    &ep_admin_notice,
    &ep_admin_recall,
    &ep_admin_purge,
    &ep_admin_clear,
    &ep_admin_mute,
    &ep_admin_unmute,
    &ep_admin_ban,
    &ep_admin_unban,
    &ep_admin_kick,
    &ep_admin_join,
    &ep_admin_leave,
    &ep_admin_role,
    &ep_admin_settings,
    &ep_admin_rules,
    &ep_admin_words,
    &ep_admin_online,
    &ep_admin_groups,
    &ep_admin_hosts,
    &ep_admin_log,
    NULL,
};
/* clang-format on */
