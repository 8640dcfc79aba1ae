/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address.h"

#include <arpa/inet.h>
#include <string.h>

#include "contract/ban.h"

static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

bool gp_address_is_ipv4(const struct gp_address *a)
{
	return memcmp(a->bytes, mapped, sizeof(mapped)) == 0;
}

enum gp_status gp_address_parse(struct gp_str text, struct gp_address *out)
{
	char copy[INET6_ADDRSTRLEN];
	const char *zone = text.len > 0 ? memchr(text.ptr, '%', text.len) : NULL;
	if (zone != NULL)
		text.len = (size_t)(zone - text.ptr);
	if (gp_copy(copy, sizeof(copy), text) != GP_ST_OK)
		return GP_ST_INVALID;
	if (inet_pton(AF_INET6, copy, out->bytes) == 1)
		return GP_ST_OK;
	memcpy(out->bytes, mapped, sizeof(mapped));
	return zone == NULL && inet_pton(AF_INET, copy, out->bytes + sizeof(mapped)) == 1
		       ? GP_ST_OK
		       : GP_ST_INVALID;
}

/* The byte's bits that belong to a network of BITS bits. */
static uint8_t mask(unsigned int bits, size_t byte)
{
	size_t first = byte * 8;
	if (bits >= first + 8)
		return 0xFF;
	return bits <= first ? 0 : (uint8_t)((0xFF00U >> (bits - first)) & 0xFFU);
}

enum gp_status gp_network_parse(struct gp_str text, struct gp_network *out)
{
	const char *slash = text.len > 0 ? memchr(text.ptr, '/', text.len) : NULL;
	struct gp_str address = {text.ptr, slash != NULL ? (size_t)(slash - text.ptr) : text.len};
	uint64_t bits = 0;

	if (memchr(text.ptr, '%', text.len) != NULL ||
	    gp_address_parse(address, &out->address) != GP_ST_OK)
		return GP_ST_INVALID;
	unsigned int before =
		gp_address_is_ipv4(&out->address) && memchr(address.ptr, ':', address.len) == NULL
			? 8 * sizeof(mapped)
			: 0;
	if (slash == NULL)
		bits = 128 - before;
	else if (gp_parse_u64((struct gp_str){slash + 1, text.len - address.len - 1}, 128 - before,
			      &bits) != GP_ST_OK)
		return GP_ST_INVALID;
	out->bits = before + (unsigned int)bits;
	for (size_t i = 0; i < sizeof(out->address.bytes); i++)
		if ((out->address.bytes[i] & (uint8_t)~mask(out->bits, i)) != 0)
			return GP_ST_INVALID;
	return GP_ST_OK;
}

bool gp_network_has(const struct gp_network *network, const struct gp_address *address)
{
	for (size_t i = 0; i < sizeof(address->bytes); i++)
		if (((network->address.bytes[i] ^ address->bytes[i]) & mask(network->bits, i)) != 0)
			return false;
	return true;
}
