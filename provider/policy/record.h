/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The facts of a decision as one value, as the audit keeps them: all that the checks look at, and
 * nothing else (no token, no name, no mail address). PURE. What belongs to the configuration of
 * then is not among it but for what was asked because of it: groups and packages stand here by
 * their ids, so another configuration finds its own among them, and what nobody asked is unknown.
 */
#ifndef GP_POLICY_RECORD_H
#define GP_POLICY_RECORD_H

#include "contract/buf.h"
#include "contract/login_protocol.h"
#include "policy/admission.h"

#define GP_RECORD_MAX     20480 /* bytes of the JSON */
#define GP_RECORD_OBJECTS 64    /* those that last longest; that more were there is kept */

struct gp_record {
	enum gp_phase phase;
	struct gp_facts facts; /* without its pointers, which gp_record_apply() sets */
	bool has_service, has_address, has_oid, has_user, has_identity, has_client_info;
	bool has_baseline;
	char service[GP_LOGIN_FIELD_MAX + 1];
	char address[GP_LOGIN_FIELD_MAX + 1];
	char oid[GP_GUID_TEXT];
	struct gp_user user;
	struct gp_identity identity;
	struct gp_client_info client_info;
	struct gp_baseline baseline;
	/* The access groups of then, what gave their members a pass, and was he one? */
	char groups[GP_CONFIG_GROUPS_MAX][GP_GUID_TEXT];
	struct gp_access bases[GP_CONFIG_GROUPS_MAX];
	enum gp_tri member_of[GP_CONFIG_GROUPS_MAX];
	size_t groups_len;
	struct gp_pass_object objects[GP_RECORD_OBJECTS];
	size_t objects_len;
	bool cut; /* there were more objects */
	/* Of the configuration that was applied last: by place in it, and has it the groups of
	 * then, each with its basis of then? */
	enum gp_tri member[GP_CONFIG_GROUPS_MAX];
	bool same_groups;
};

/* Appends a JSON object. FACTS has the configuration of now; its texts are those of the login
 * protocol, and as short. What does not fit latches B's error. */
void gp_record_write(struct gp_buf *b, const struct gp_facts *facts, enum gp_phase phase);

/* The same into B, which is empty, as struct gp_admission has it: NULL when it does not fit. */
const char *gp_record_keep(struct gp_buf *b, const struct gp_facts *facts, enum gp_phase phase);

struct gp_json;
/* The object that gp_record_write() made. GP_ST_UNSUPPORTED: of a version that we do not know;
 * GP_ST_INVALID with the member in ERR. OUT is written in any case. */
enum gp_status gp_record_read(const struct gp_json *object, struct gp_record *out,
			      struct gp_error *err) gp_must_check;

/* The facts as a decision under CONFIG would have had them, as far as is known. They borrow from
 * both. The local time depends on the zone of CONFIG's hours, and is left unknown. */
void gp_record_apply(struct gp_record *record, const struct gp_config *config,
		     struct gp_facts *out);

#endif
