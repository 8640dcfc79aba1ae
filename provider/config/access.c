/* SPDX-License-Identifier: Apache-2.0 */
#include "config/access.h"

#include "contract/ban.h"

#define PACKAGE "package:"

static bool take_guid(struct gp_str text, char out[static GP_GUID_TEXT])
{
	static const uint8_t zero[16];
	uint8_t guid[16];
	if (gp_guid_parse(text, guid) != GP_ST_OK || memcmp(guid, zero, sizeof(guid)) == 0)
		return false;
	gp_guid_format(guid, out);
	return true;
}

static bool take_basis(struct gp_str word, struct gp_access *out)
{
	static const struct {
		const char *name;
		enum gp_basis basis;
	} plain[] = {{"pim", GP_BASIS_PIM}, {"group", GP_BASIS_GROUP}, {"local", GP_BASIS_LOCAL}};

	*out = (struct gp_access){0};
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (gp_str_is(word, plain[i].name))
			out->basis = plain[i].basis;
	if (gp_str_starts(word, PACKAGE)) {
		word.ptr += sizeof(PACKAGE) - 1;
		word.len -= sizeof(PACKAGE) - 1;
		if (take_guid(word, out->package))
			out->basis = GP_BASIS_PACKAGE;
	}
	return out->basis != GP_BASIS_NONE;
}

enum gp_status gp_access_parse(struct gp_str text, char group[static GP_GUID_TEXT],
			       struct gp_access *out)
{
	const char *sign = text.len > 0 ? memchr(text.ptr, '=', text.len) : NULL;
	if (sign == NULL)
		return GP_ST_INVALID;
	size_t before = (size_t)(sign - text.ptr);
	return take_guid((struct gp_str){text.ptr, before}, group) &&
			       take_basis((struct gp_str){sign + 1, text.len - before - 1}, out)
		       ? GP_ST_OK
		       : GP_ST_INVALID;
}

const char *gp_access_text(struct gp_str word, char *out, size_t size)
{
	char group[GP_GUID_TEXT];
	struct gp_access access;
	if (gp_access_parse(word, group, &access) != GP_ST_OK)
		return "not a group's id with its basis: <id>=group, =pim, =local or =package:<id>";
	bool package = access.basis == GP_BASIS_PACKAGE;
	return gp_format(out, size, "%s=%s%s%s", group, gp_basis_name(access.basis),
			 package ? ":" : "", access.package) == GP_ST_OK
		       ? NULL
		       : "too long";
}

const char *gp_basis_name(enum gp_basis basis)
{
	switch (basis) {
	case GP_BASIS_PACKAGE:
		return "package";
	case GP_BASIS_PIM:
		return "pim";
	case GP_BASIS_GROUP:
		return "group";
	case GP_BASIS_LOCAL:
		return "local";
	case GP_BASIS_NONE:
		break;
	}
	return "none";
}
