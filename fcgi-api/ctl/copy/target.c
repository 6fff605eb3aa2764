/* target.c - the cluster that is copied to. */
#include "fcgi-api/ctl/copy/target.h"

#include <stdio.h>

#include "fcgi-api/ctl/complain.h"
#include "fcgi-api/ctl/copy/names.h"
#include "fcgi-api/ctl/copy/peer.h"
#include "lib/clock.h"
#include "lib/config/config_file.h"
#include "lib/config/settings.h"
#include "lib/log.h"
#include "lib/redis/commands.h"

enum {
    ANSWER_MS = 10000 /* longest wait for a reply: a value may be large */
};

static const char copying[] = "copy", merging[] = "merge"; /* what KEY_COPY says */

/* ---- asking ---- */

enum ctl_exit
target_ask(struct target *t, enum store_repeat repeat)
{
    enum store_result result = store_ask(t->store, &t->argv, repeat, &t->reply);

    if (result == STORE_OK) {
        return CTL_DONE;
    }
    progress_clear(t->progress);
    complain(result == STORE_FAULT ? "the cluster refuses that, as said above"
                                   : "the cluster cannot be reached, or does not serve a slot");
    return CTL_AWAY;
}

/* ---- the map ---- */

static bool
target_ask_map(struct target *t, const struct place *seed)
{
    struct wire wire;
    const char *why;
    struct str answer;
    bool known;

    wire_init(&wire, t->config);
    wire_set_place(&wire, seed);
    wire.deadline_ms = clock_ms() + ANSWER_MS;
    cmd_nodes(&t->argv);
    known = wire_open(&wire, &why, &answer) && wire_exchange(&wire, &t->argv) &&
            topology_take(t->map, reply_text(wire.reply), seed, clock_ms()) != TOPOLOGY_NONSENSE;
    wire_fini(&wire);
    return known;
}

static enum ctl_exit
target_read_map(struct target *t)
{
    struct place seed;
    bool known = false;

    for (size_t i = 0; !known && place_at(t->config->redis.cluster, i, &seed); i++) {
        known = target_ask_map(t, &seed);
    }
    if (!known) {
        complain("no node of redis.cluster can be reached, or they are no Redis Cluster: %s",
                 t->config->redis.cluster);
        return CTL_AWAY;
    }
    if (topology_unserved(t->map) > 0) {
        complain("%d of the cluster's slots are served by nobody", topology_unserved(t->map));
        return CTL_AWAY;
    }
    return CTL_DONE;
}

enum ctl_exit
target_open(struct target *t, const char *file, struct progress *progress)
{
    *t = (struct target){.progress = progress, .config = config_file_load(file, stderr)};
    argv_init(&t->argv);
    if (t->config == NULL) {
        return CTL_USAGE;
    }
    log_set_level(LOG_WARN);
    if (!config_is_cluster(&t->config->redis)) {
        complain("%s: redis.cluster: must be set: the nodes of the cluster to copy to", file);
        return CTL_USAGE;
    }
    if (t->config->redis.timeout_ms < ANSWER_MS) {
        t->config->redis.timeout_ms = ANSWER_MS;
    }
    t->store = store_create(t->config);
    t->map = topology_create();
    return target_read_map(t);
}

void
target_fini(struct target *t)
{
    topology_destroy(t->map);
    store_destroy(t->store);
    argv_fini(&t->argv);
    settings_destroy(t->config);
}

/* ---- what is there ---- */

/* A list that was being copied has another name than the one that it was to have. */
static bool
target_is_piece(const struct target *t, struct str full)
{
    return key_id(full, &t->config->redis, KEY_COPY_LIST).p != NULL;
}

static enum ctl_exit
target_refuse(struct target *t, struct str full)
{
    progress_clear(t->progress);
    complain("refused: the cluster has data of fastim already, as %.*s; --merge lets them stay, "
             "but for what Redis has under the same name",
             (int)full.len, full.p);
    return CTL_REFUSED;
}

/* A node's names. removes: they go; else there is to be none. */
static enum ctl_exit
target_look_at(struct target *t, struct peer *node, bool removes, bool merges)
{
    enum ctl_exit exit = peer_open(node);
    struct str full = {.p = NULL};
    struct name name;

    while (exit == CTL_DONE && (exit = peer_scan(node, &full)) == CTL_DONE && full.p != NULL) {
        bool is_piece = target_is_piece(t, full);

        if (!is_piece && (merges || name_read(&name, &t->config->redis, full) != NAME_KEPT)) {
            continue;
        }
        if (!is_piece && !removes) {
            return target_refuse(t, full);
        }
        argv_clear(&node->argv);
        argv_add_str(&node->argv, "UNLINK");
        argv_add(&node->argv, full);
        exit = peer_ask(node);
    }
    return exit;
}

static enum ctl_exit
target_look(struct target *t, bool removes, bool merges)
{
    enum ctl_exit exit = CTL_DONE;

    for (size_t i = 0; i < topology_owners(t->map) && exit == CTL_DONE; i++) {
        struct peer node;

        peer_init(&node, t->config, topology_owner_at(t->map, i), t->progress);
        exit = target_look_at(t, &node, removes, merges);
        peer_fini(&node);
    }
    return exit;
}

/* ---- the copy as a whole ---- */

static void
target_begin_note(struct target *t, const char *verb)
{
    argv_clear(&t->argv);
    argv_add_str(&t->argv, verb);
    argv_add_key(&t->argv, &t->config->redis, KEY_COPY, str_make("", 0));
}

enum ctl_exit
target_begin(struct target *t, bool merges)
{
    enum ctl_exit exit;
    bool goes_on;

    target_begin_note(t, "GET");
    exit = target_ask(t, STORE_REPEAT);
    if (exit != CTL_DONE) {
        return exit;
    }
    goes_on = !merges && str_is(reply_text(t->reply), copying);
    exit = target_look(t, goes_on, merges);
    if (exit == CTL_DONE) {
        target_begin_note(t, "SET");
        argv_add_str(&t->argv, merges ? merging : copying);
        exit = target_ask(t, STORE_REPEAT);
    }
    return exit;
}

enum ctl_exit
target_end(struct target *t)
{
    target_begin_note(t, "DEL");
    return target_ask(t, STORE_REPEAT);
}
