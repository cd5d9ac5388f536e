package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/access"
	"github.com/sallyport/sallyport/internal/role"
)

func (e *edge) addRoles() {
	handle(e, get("listRoles", "/roles", "All roles: the built-in ones, then those that the organisation made, by name").needs(role.NeedView), e.listRoles)
	handle(e, get("getRole", "/roles/{id}", "One role", http.StatusNotFound).needs(role.NeedView), e.getRole)

	add := post("addRole", "/roles", "Make a role of permissions", withBody()...)
	add.Description = "It can allow what you may do yourself. 422 taken when a role has the name, in any spelling."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(role.NeedManage), e.addRole)

	change := put("changeRole", "/roles/{id}", "Replace what a role is made of", withBody(http.StatusNotFound)...)
	change.Description = "Those who have it have its new permissions with their next request. You need everything that it allows, before and after. Built-in roles cannot be changed."
	handle(e, change.needs(role.NeedManage), e.changeRole)

	remove := post("deleteRole", "/roles/{id}/delete", "Delete a role that nobody has", http.StatusNotFound, http.StatusConflict)
	remove.Description = "409 role_in_use while somebody has it. A repeated call answers 404."
	handle(e, remove.needs(role.NeedManage), e.onID(e.Roles.Delete))

	permissions := get("listPermissions", "/permissions", "What a role can be made of")
	handle(e, permissions.needs(role.NeedView), e.listPermissions)
}

// roleRecord is one role.
type roleRecord struct {
	ID          string    `json:"id" doc:"What the role of a user is."`
	Name        string    `json:"name" doc:"Of a built-in one its id."`
	Description string    `json:"description"`
	Permissions []string  `json:"permissions" nullable:"false"`
	BuiltIn     bool      `json:"builtIn" doc:"It can be neither changed nor deleted."`
	UserCount   int       `json:"userCount" minimum:"0" doc:"How many have it."`
	Grantable   bool      `json:"grantable" doc:"You have everything that it allows."`
	CreatedAt   time.Time `json:"createdAt,omitzero"`
}

func showRole(r role.Role) roleRecord {
	out := roleRecord{
		ID: r.ID, Name: r.Name, Description: r.Description, Permissions: append([]string{}, r.Permissions.Names()...),
		BuiltIn: r.BuiltIn, UserCount: r.Users, Grantable: r.Mine, CreatedAt: r.CreatedAt.UTC(),
	}
	if r.BuiltIn {
		out.Name, out.CreatedAt = r.ID, time.Time{}
	}
	return out
}

type roleListOutput struct {
	Body struct {
		Items []roleRecord `json:"items" nullable:"false"`
	} `nameHint:"RoleList"`
}

type roleOutput struct{ Body roleRecord }

func (e *edge) listRoles(ctx context.Context, _ *struct{}) (*roleListOutput, error) {
	found, err := e.Roles.List(ctx, e.actor(ctx))
	var out roleListOutput
	out.Body.Items = each(found, showRole)
	return &out, err
}

func (e *edge) getRole(ctx context.Context, in *idInput) (*roleOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	r, err := e.Roles.Get(ctx, e.actor(ctx), id)
	return &roleOutput{showRole(r)}, err
}

// roleRequest is what a role is made of.
type roleRequest struct {
	Name        string   `json:"name" maxLength:"100"`
	Description string   `json:"description,omitempty" maxLength:"100"`
	Permissions []string `json:"permissions" nullable:"false" maxItems:"100" doc:"Names of listPermissions."`
}

func (r roleRequest) input() role.Input {
	return role.Input{Name: r.Name, Description: r.Description, Permissions: r.Permissions}
}

func (e *edge) addRole(ctx context.Context, in *struct{ Body roleRequest }) (*roleOutput, error) {
	r, err := e.Roles.Add(ctx, e.actor(ctx), in.Body.input())
	return &roleOutput{showRole(r)}, err
}

type roleInput struct {
	ID   string `path:"id"`
	Body roleRequest
}

func (e *edge) changeRole(ctx context.Context, in *roleInput) (*roleOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	r, err := e.Roles.Change(ctx, e.actor(ctx), id, in.Body.input())
	return &roleOutput{showRole(r)}, err
}

// permissionRecord is a row of the table of permissions.
type permissionRecord struct {
	Permission string `json:"permission"`
	Means      string `json:"means" doc:"What it allows."`
	Granted    bool   `json:"granted" doc:"You have it."`
}

type permissionListOutput struct {
	Body struct {
		Items []permissionRecord `json:"items" nullable:"false"`
	} `nameHint:"PermissionList"`
}

func (e *edge) listPermissions(ctx context.Context, _ *struct{}) (*permissionListOutput, error) {
	actor := e.actor(ctx)
	if err := role.NeedView.ToLook(actor); err != nil {
		return nil, err
	}
	mine := sallyport.NewPermissions(access.Has(actor)...)
	var out permissionListOutput
	out.Body.Items = each(access.Permissions, func(r access.Row) permissionRecord {
		return permissionRecord{string(r.Permission), r.Means, mine.Has(string(r.Permission))}
	})
	return &out, nil
}
