package admin

import (
	"slices"

	"github.com/sallyport/sallyport/internal/account"
	"github.com/sallyport/sallyport/internal/group"
	"github.com/sallyport/sallyport/internal/mfa"
	"github.com/sallyport/sallyport/internal/role"
	"github.com/sallyport/sallyport/internal/search"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// Routes is the table of this room.
func (p *Pages) Routes() []kit.Route {
	return slices.Concat(p.dashboardRoutes(), []kit.Route{
		{
			Pattern: "GET " + teamPath, Guard: kit.SignedIn, Need: account.NeedView, Do: p.teamList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.team", Icon: "users"},
		},
		{
			Pattern: "GET " + mfaPath, Guard: kit.SignedIn, Need: mfa.NeedView, Do: p.mfaShow,
			Entry: kit.Entry{Section: kit.Foundation, Words: "nav.mfa", Icon: "shield-check"},
		},
		{Pattern: "GET " + notEnrolledPath, Guard: kit.SignedIn, Need: mfa.NeedView, Do: p.notEnrolled},
		{Pattern: "GET " + personPattern, Guard: kit.SignedIn, Need: account.NeedView, Do: p.personShow},
		{Pattern: "GET " + personPattern + "/activity", Guard: kit.SignedIn, Need: account.NeedView, Do: p.personActivity},
		{
			Pattern: "GET " + groupsPath, Guard: kit.SignedIn, Need: group.NeedView, Do: p.groupList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.groups", Icon: "users-group"},
		},
		{
			Pattern: "GET " + rolesPath, Guard: kit.SignedIn, Need: role.NeedView, Do: p.roleList,
			Entry: kit.Entry{Section: kit.Settings, Words: "nav.roles", Icon: "id-badge"},
		},
		{Pattern: "GET " + groupsPath + "/{id}", Guard: kit.SignedIn, Need: group.NeedView, Do: p.groupShow},
		{Pattern: "POST " + groupsPath + "/{id}/add", Guard: kit.SignedIn, Need: group.NeedMembers, Do: p.groupJoin},
		{Pattern: "POST " + groupsPath + "/{id}/remove", Guard: kit.SignedIn, Need: group.NeedMembers, Do: p.groupLeave},
		{Pattern: "GET " + kit.SearchPath, Guard: kit.SignedIn, Need: search.NeedView, Do: p.search},
		{Pattern: "GET " + timelinePath, Guard: kit.SignedIn, Need: search.NeedView, Do: p.timeline},
		{Pattern: "POST " + sendPath, Guard: kit.SignedIn, Need: account.NeedManage, Uploads: true, Do: p.inviteListSend},
		{Pattern: "GET " + sendPath, Guard: kit.Bare, Do: kit.RedirectTo(listPath)}, // for who had to prove more meanwhile
	}, p.personRoutes(), p.sessionRoutes(), p.bulkRoutes(), p.deviceRoutes(), p.attemptRoutes(), p.blockRoutes(), p.methodRoutes(), p.exemptRoutes(), p.resetRoutes(), p.remindRoutes(), p.policyRoutes(), p.lookRoutes(), p.logRoutes(), p.keyRoutes(), p.appRoutes(), p.alertRoutes(), p.webhookRoutes(), p.ssoRoutes(), p.acts(), p.forms())
}

// acts are those that are asked about first.
func (p *Pages) acts() []kit.Route {
	return slices.Concat(
		p.Confirm(kit.Confirm{Path: teamPath + "/{id}/lockdown", Need: account.NeedLockdownOf, Ask: p.lockdownAsk, Do: p.lockdown}),
		p.Confirm(kit.Confirm{Path: teamPath + "/{id}/disable", Need: account.NeedDisable, Ask: p.teamDisableAsk, Do: p.teamDisable}),
		p.Confirm(kit.Confirm{Path: teamPath + "/{id}/enable", Need: account.NeedManage, Ask: p.teamEnableAsk, Do: p.teamEnable}),
		p.Confirm(kit.Confirm{Path: teamPath + "/{id}/resend", Need: account.NeedManage, Ask: p.teamResendAsk, Do: p.teamResend}),
		p.Confirm(kit.Confirm{Path: teamPath + "/{id}/withdraw", Need: account.NeedManage, Ask: p.teamWithdrawAsk, Do: p.teamWithdraw}),
		p.Confirm(kit.Confirm{Path: rolesPath + "/{id}/delete", Need: role.NeedManage, Ask: p.roleDeleteAsk, Do: p.roleDelete}),
		p.Confirm(kit.Confirm{Path: groupsPath + "/{id}/delete", Need: group.NeedManage, Ask: p.groupDeleteAsk, Do: p.groupDelete}),
	)
}

// forms are the acts with fields.
func (p *Pages) forms() []kit.Route {
	return slices.Concat(
		p.Form(kit.Form{Path: invitePath, Need: account.NeedManage, Keeps: inviteFields, Fill: p.inviteForm, Do: p.invite}),
		p.Form(kit.Form{Path: listPath, Need: account.NeedManage, Keeps: []string{"list", "role", "group"}, Uploads: true, Fill: p.inviteListForm, Do: p.inviteListPlan}),
		p.Form(kit.Form{Path: teamPath + "/{id}/role", Need: account.NeedManage, Keeps: []string{"role"}, Fill: p.teamRoleForm, Do: p.teamRole}),
		p.Form(kit.Form{Path: rolesPath + "/new", Need: role.NeedManage, Keeps: roleFields, Fill: p.roleAddForm, Do: p.roleAdd}),
		p.Form(kit.Form{Path: rolesPath + "/{id}", Need: role.NeedManage, Keeps: roleFields, Fill: p.roleChangeForm, Do: p.roleChange}),
		p.Form(kit.Form{Path: groupsPath + "/new", Need: group.NeedManage, Keeps: groupFields, Fill: p.groupAddForm, Do: p.groupAdd}),
		p.Form(kit.Form{Path: groupsPath + "/{id}/change", Need: group.NeedManage, Keeps: groupFields, Fill: p.groupChangeForm, Do: p.groupChange}),
	)
}
