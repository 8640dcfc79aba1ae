/* SPDX-License-Identifier: Apache-2.0 */
#include "config/clouds.h"

#include "contract/ban.h"

const char gp_cloud_sts_default[] = "https://sts.windows.net/";

/* The prefixes of the two national clouds are not documented by Microsoft in one place. A wrong
 * one can only refuse guests: a home is known by the GUID behind an exact prefix. */
static const struct gp_cloud clouds[] = {
	{"global", "https://login.microsoftonline.com", "https://graph.microsoft.com",
	 "https://sts.windows.net/"},
	{"usgov", "https://login.microsoftonline.us", "https://graph.microsoft.us",
	 "https://sts.windows.net/"},
	{"china", "https://login.partner.microsoftonline.cn",
	 "https://microsoftgraph.chinacloudapi.cn", "https://sts.chinacloudapi.cn/"},
	{GP_CLOUD_CUSTOM, "", "", ""},
};

const struct gp_cloud *gp_cloud_find(struct gp_str name)
{
	for (size_t i = 0; i < sizeof(clouds) / sizeof(clouds[0]); i++)
		if (gp_str_is(name, clouds[i].name))
			return &clouds[i];
	return NULL;
}
