/* group_settings.c - the settings of a group, as its clients were told them last. */
#include "push-daemon/hub/group_settings.h"

#include "lib/json.h"
#include "lib/redis/event.h"

enum {
    DEPTH_MAX = 4
};

void
group_settings_fini(struct group_settings *g)
{
    text_fini(&g->json);
}

/* False: they are the same; or not what clients can read, as somebody else has written them. */
static bool
group_settings_put(struct group_settings *g, struct str json)
{
    struct json_object *root;

    if (str_equal(text_str(&g->json), json) || !event_may_be_passed_on(json) ||
        !json_parse(&root, json, DEPTH_MAX)) {
        return false;
    }
    (void)json_get_bool(root, "quiet", &g->quiet);
    json_free(root);
    text_clear(&g->json);
    text_add(&g->json, json.p, json.len);
    return true;
}

bool
group_settings_on_event(struct group_settings *g, struct str json)
{
    g->version++;
    return group_settings_put(g, json);
}

bool
group_settings_on_answer(struct group_settings *g, struct str json, uint64_t version)
{
    return (g->json.len == 0 || version == g->version) && group_settings_put(g, json);
}
