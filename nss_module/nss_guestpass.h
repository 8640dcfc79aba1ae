/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entry points that glibc looks up by name. They answer from the mapped directory file alone:
 * no allocation (but for initgroups' own list), no socket, no lock, no system call once mapped.
 * NSS_STATUS_UNAVAIL: no usable file. NSS_STATUS_TRYAGAIN with ERANGE: buffer too small.
 */
#ifndef GP_NSS_MODULE_NSS_GUESTPASS_H
#define GP_NSS_MODULE_NSS_GUESTPASS_H

#include <grp.h>
#include <nss.h>
#include <pwd.h>
#include <shadow.h>
#include <stddef.h>

#define GP_NSS_EXPORT __attribute__((visibility("default")))

GP_NSS_EXPORT enum nss_status _nss_guestpass_getpwnam_r(const char *name, struct passwd *result,
							char *buffer, size_t size, int *errnop);
GP_NSS_EXPORT enum nss_status _nss_guestpass_getpwuid_r(uid_t uid, struct passwd *result,
							char *buffer, size_t size, int *errnop);
GP_NSS_EXPORT enum nss_status _nss_guestpass_setpwent(int stay_open);
GP_NSS_EXPORT enum nss_status _nss_guestpass_getpwent_r(struct passwd *result, char *buffer,
							size_t size, int *errnop);
GP_NSS_EXPORT enum nss_status _nss_guestpass_endpwent(void);

GP_NSS_EXPORT enum nss_status _nss_guestpass_getgrnam_r(const char *name, struct group *result,
							char *buffer, size_t size, int *errnop);
GP_NSS_EXPORT enum nss_status _nss_guestpass_getgrgid_r(gid_t gid, struct group *result,
							char *buffer, size_t size, int *errnop);
GP_NSS_EXPORT enum nss_status _nss_guestpass_setgrent(int stay_open);
GP_NSS_EXPORT enum nss_status _nss_guestpass_getgrent_r(struct group *result, char *buffer,
							size_t size, int *errnop);
GP_NSS_EXPORT enum nss_status _nss_guestpass_endgrent(void);
GP_NSS_EXPORT enum nss_status _nss_guestpass_initgroups_dyn(const char *user, gid_t group,
							    long int *start, long int *size,
							    gid_t **groups, long int limit,
							    int *errnop);

GP_NSS_EXPORT enum nss_status _nss_guestpass_getspnam_r(const char *name, struct spwd *result,
							char *buffer, size_t size, int *errnop);
GP_NSS_EXPORT enum nss_status _nss_guestpass_setspent(int stay_open);
GP_NSS_EXPORT enum nss_status _nss_guestpass_getspent_r(struct spwd *result, char *buffer,
							size_t size, int *errnop);
GP_NSS_EXPORT enum nss_status _nss_guestpass_endspent(void);

#endif
