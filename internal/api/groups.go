package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/group"
)

func (e *edge) addGroups() {
	handle(e, get("listGroups", "/groups", "The groups of the organisation, by name").says("listUsers with groupId answers who is in one.").needs(group.NeedView), e.listGroups)
	handle(e, get("getGroup", "/groups/{id}", "One group", http.StatusNotFound).needs(group.NeedView), e.getGroup)

	add := post("addGroup", "/groups", "Make an empty group", withBody()...)
	add.Description = "422 taken when a group has the name, in any spelling."
	add.DefaultStatus = http.StatusCreated
	handle(e, add.needs(group.NeedManage), e.addGroup)

	change := put("changeGroup", "/groups/{id}", "Give a group another name and description", withBody(http.StatusNotFound)...)
	handle(e, change.needs(group.NeedManage), e.changeGroup)

	remove := post("deleteGroup", "/groups/{id}/delete", "Delete a group", http.StatusNotFound)
	remove.Description = "Those in it stay what they are. A repeated call answers 404."
	handle(e, remove.needs(group.NeedManage), e.onID(e.Groups.Delete))

	join := post("addGroupMembers", "/groups/{id}/add-members", "Put users into a group", withBody(http.StatusNotFound)...)
	join.Description = "At most 200, all of them or none. Who is in it already is no error."
	handle(e, join.needs(group.NeedMembers), e.onMembers(e.Groups.AddMembers))

	leave := post("removeGroupMembers", "/groups/{id}/remove-members", "Take users out of a group", withBody(http.StatusNotFound)...)
	leave.Description = "At most 200, all of them or none. Who is not in it is no error."
	handle(e, leave.needs(group.NeedMembers), e.onMembers(e.Groups.RemoveMembers))
}

// groupRecord is one group.
type groupRecord struct {
	ID          string    `json:"id"`
	Name        string    `json:"name"`
	Description string    `json:"description"`
	UserCount   int       `json:"userCount" minimum:"0" doc:"How many are in it."`
	CreatedAt   time.Time `json:"createdAt"`
}

func showGroup(g sallyport.Group) groupRecord {
	return groupRecord{ID: g.ID, Name: g.Name, Description: g.Description, UserCount: g.Members, CreatedAt: g.CreatedAt.UTC()}
}

type groupListOutput struct {
	Body struct {
		Items []groupRecord `json:"items" nullable:"false"`
	} `nameHint:"GroupList"`
}

type groupOutput struct{ Body groupRecord }

func (e *edge) listGroups(ctx context.Context, _ *struct{}) (*groupListOutput, error) {
	found, err := e.Groups.List(ctx, e.actor(ctx))
	var out groupListOutput
	out.Body.Items = each(found, showGroup)
	return &out, err
}

func (e *edge) getGroup(ctx context.Context, in *idInput) (*groupOutput, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	g, err := e.Groups.Get(ctx, e.actor(ctx), id)
	return &groupOutput{showGroup(g)}, err
}

// groupRequest is what a group is called.
type groupRequest struct {
	Name        string `json:"name" maxLength:"100"`
	Description string `json:"description,omitempty" maxLength:"100"`
}

func (e *edge) addGroup(ctx context.Context, in *struct{ Body groupRequest }) (*groupOutput, error) {
	g, err := e.Groups.Add(ctx, e.actor(ctx), in.Body.Name, in.Body.Description)
	return &groupOutput{showGroup(g)}, err
}

type groupInput struct {
	ID   string `path:"id"`
	Body groupRequest
}

func (e *edge) changeGroup(ctx context.Context, in *groupInput) (*groupOutput, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	g, err := e.Groups.Change(ctx, e.actor(ctx), id, in.Body.Name, in.Body.Description)
	return &groupOutput{showGroup(g)}, err
}

type membersInput struct {
	ID   string `path:"id"`
	Body struct {
		UserIDs []string `json:"userIds" nullable:"false" minItems:"1" maxItems:"200"`
	} `nameHint:"GroupMembersRequest"`
}

type membersOutput struct {
	Body struct {
		ChangedUsers int `json:"changedUsers" minimum:"0" doc:"For how many it was not so already."`
	} `nameHint:"GroupMembersChanged"`
}

// onMembers returns the handler of an act on several users of a group.
func (e *edge) onMembers(act func(context.Context, sallyport.Actor, string, []string) (int, error)) func(context.Context, *membersInput) (*membersOutput, error) {
	return func(ctx context.Context, in *membersInput) (*membersOutput, error) {
		id, err := idInput{in.ID}.id()
		if err != nil {
			return nil, err
		}
		for _, u := range in.Body.UserIDs {
			if _, err := (idInput{u}).id(); err != nil {
				return nil, err
			}
		}
		var out membersOutput
		out.Body.ChangedUsers, err = act(ctx, e.actor(ctx), id, in.Body.UserIDs)
		return &out, err
	}
}
