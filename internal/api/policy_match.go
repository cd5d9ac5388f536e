package api

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/tenant"
)

// MatchInput is the condition of a change (RFC 9110 section 13.1.1): two admins must not
// overwrite each other unseen. It is exported for the same reason as FlowInput.
type MatchInput struct {
	IfMatch string `header:"If-Match" doc:"The ETag of what was read, or * for whatever is there. 428 without it."`
}

// policyTag returns the entity tag of a version of the policy.
func policyTag(version int64) string { return strconv.Quote(strconv.FormatInt(version, 10)) }

// noVersion is a version that no policy has: it makes the use refuse the change, after it
// has checked who asks.
const noVersion = -1

// onPolicy saves an edit of the version of the policy that If-Match names.
func (e *edge) onPolicy(ctx context.Context, in MatchInput, edit tenant.Edit, anyway bool) (*policyChangedOutput, error) {
	if strings.TrimSpace(in.IfMatch) == "" {
		return nil, sallyport.Refuse(codeNoMatch, "")
	}
	actor := e.actor(ctx)
	var err error
	if edit.Version, err = e.matched(ctx, actor, edit.GroupID, in.IfMatch); err != nil {
		return nil, err
	}
	saved, err := e.Previews.Save(ctx, actor, edit, anyway)
	var refused *sallyport.Error
	if errors.As(err, &refused) && refused.Obstacle == sallyport.ChangedMeanwhile || errors.Is(err, sallyport.ErrConflict) && !errors.As(err, &refused) {
		return nil, sallyport.Refuse(codeStale, "")
	}
	return showSaved(saved, err)
}

// matched returns the version that If-Match names. Only for * and for a list of tags is the
// policy read first; a change in between is refused like any other.
func (e *edge) matched(ctx context.Context, actor sallyport.Actor, groupID, match string) (int64, error) {
	tags := strings.Split(match, ",")
	for i := range tags {
		tags[i] = strings.TrimSpace(tags[i])
	}
	if len(tags) == 1 && tags[0] != "*" {
		return versionOf(tags[0]), nil
	}
	if err := tenant.NeedManage.ToLook(actor); err != nil {
		return 0, err
	}
	current, err := e.currentVersion(ctx, actor, groupID)
	if err != nil {
		return 0, err
	}
	for _, tag := range tags {
		if tag == "*" || versionOf(tag) == current {
			return current, nil
		}
	}
	return noVersion, nil
}

// currentVersion returns the version of the organisation's policy, or of a group's.
func (e *edge) currentVersion(ctx context.Context, actor sallyport.Actor, groupID string) (int64, error) {
	if groupID == "" {
		current, err := e.Tenants.Read(ctx, actor)
		return current.Version, err
	}
	current, err := e.Tenants.ReadGroup(ctx, actor, groupID)
	return current.Version, err
}

// versionOf returns the version of a tag. Weak tags match nothing.
func versionOf(tag string) int64 {
	n, err := strconv.ParseInt(strings.Trim(tag, `"`), 10, 64)
	if err != nil || policyTag(n) != tag {
		return noVersion
	}
	return n
}
