package access

import "github.com/sallyport/sallyport"

// Permission is something a role allows, named after what it applies to.
type Permission string

// Permissions.
const (
	DashboardView      Permission = "dashboard.view"
	SessionsView       Permission = "sessions.view"
	SessionsTerminate  Permission = "sessions.terminate"
	MFAView            Permission = "mfa.view"
	MFAManage          Permission = "mfa.manage"
	DevicesView        Permission = "devices.view"
	DevicesManage      Permission = "devices.manage"
	UsersView          Permission = "users.view"
	UsersManage        Permission = "users.manage"
	RolesView          Permission = "roles.view"
	RolesManage        Permission = "roles.manage"
	PoliciesView       Permission = "policies.view"
	PoliciesManage     Permission = "policies.manage"
	OrganisationManage Permission = "organisation.manage"
	AuditView          Permission = "audit.view"
	APIKeysView        Permission = "api_keys.view"
	APIKeysManage      Permission = "api_keys.manage"
	SSOView            Permission = "sso.view"
	SSOManage          Permission = "sso.manage"
	AppsView           Permission = "apps.view"
	AppsManage         Permission = "apps.manage"
	WebhooksView       Permission = "webhooks.view"
	WebhooksManage     Permission = "webhooks.manage"
)

// Row describes a permission. Its name on pages is "permission." and the permission in the
// message catalogue.
type Row struct {
	Permission Permission
	Means      string // what it allows, for operators and docs/rules.md
	Source     string
}

// Where permissions come from.
const (
	seed = "the six of the first specification"
	ours = "ours: least privilege, OWASP ASVS 5.0 8.2.1"
)

// Permissions is THE table of permissions, in the order of the pages. Whoever may manage
// something may also view it only with the permission to view.
var Permissions = []Row{
	{DashboardView, "See figures and charts of the organisation, which name nobody.", ours},
	{SessionsView, "See everybody's sessions and attempts to sign in.", seed},
	{SessionsTerminate, "End, suspend, resume and extend sessions, and block networks.", seed},
	{MFAView, "See who has which second factors; never their secrets.", seed},
	{MFAManage, "Reset, suspend and remove second factors, issue backup codes, demand a factor or exempt somebody from one.", seed},
	{DevicesView, "See everybody's devices.", seed},
	{DevicesManage, "Trust, suspend, remove and flag devices.", seed},
	{UsersView, "See people, their groups and what happened on their accounts; from where only with sessions.view.", ours},
	{UsersManage, "Invite, disable, enable, unlock and lock down people, give them roles and put them into groups.", ours},
	{RolesView, "See roles and what they allow.", ours},
	{RolesManage, "Make, change and delete roles.", ours},
	{PoliciesView, "See the organisation's policy.", ours},
	{PoliciesManage, "Change the organisation's policy.", ours},
	{OrganisationManage, "Change the organisation's name, look and links.", ours},
	{AuditView, "Read, verify and export the audit log.", ours},
	{APIKeysView, "See the organisation's API keys; never the keys.", ours},
	{APIKeysManage, "Make and revoke API keys.", ours},
	{SSOView, "See the connections to identity providers.", ours},
	{SSOManage, "Change the connections to identity providers.", ours},
	{AppsView, "See the apps behind this service.", ours},
	{AppsManage, "Add, change and remove apps.", ours},
	{WebhooksView, "See webhooks and the chats that are told what happens, and what became of messages to them; never their addresses.", ours},
	{WebhooksManage, "Add, change and remove webhooks and the chats that are told what happens, also with names.", ours},
}

// Every is all permissions.
var Every = func() sallyport.Permissions {
	names := make([]string, len(Permissions))
	for i, r := range Permissions {
		names[i] = string(r.Permission)
	}
	return sallyport.NewPermissions(names...)
}()

// Known reports whether there is a permission of this name.
func Known(name string) bool { return Every.Has(name) }
