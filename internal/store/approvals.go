package store

import (
	"context"
	"time"

	"github.com/sallyport/sallyport"
)

// Approval is a request to approve a sign-in, or an act, on another device.
type Approval struct {
	TenantID, ID string
	UserID       string
	FlowID       string // in which it was asked for
	FactorID     string
	Number       int    // that the asking browser shows
	Act          string // of a step-up; "" for a sign-in
	SessionID    string // of the asking browser; "" for none
	DeviceID     string // of the asking browser; "" where it is unknown
	Client       string // "web" or "native"
	From         sallyport.Client
	CreatedAt    time.Time
	EndsAt       time.Time
	Answer       string // of package mfa; "" while there is none
	AnsweredAt   time.Time
	AnsweredIn   string // the session
	UsedAt       time.Time
}

const approvalColumns = `tenant_id, id, user_id, flow_id, factor_id, number, act, session_id, device_id, client,
	ip_address, user_agent, device_info, location, created_at, ends_at, answer, answered_at, answered_in, used_at`

func scanApproval(scan func(...any) error) (p Approval, err error) {
	var info, location string
	var created, ends, answered, used int64
	err = scan(&p.TenantID, &p.ID, &p.UserID, &p.FlowID, &p.FactorID, &p.Number, &p.Act, &p.SessionID, &p.DeviceID, &p.Client,
		&p.From.IPAddress, &p.From.UserAgent, &info, &location, &created, &ends, &p.Answer, &answered, &p.AnsweredIn, &used)
	if err != nil {
		return p, err
	}
	p.CreatedAt, p.EndsAt, p.AnsweredAt, p.UsedAt = fromMicros(created), fromMicros(ends), fromMicros(answered), fromMicros(used)
	return p, unjson(info, &p.From.Info, location, &p.From.Location)
}

// AddApproval stores a new request.
func (q Queries) AddApproval(ctx context.Context, p Approval) error {
	_, err := q.exec(ctx, "INSERT INTO approvals ("+approvalColumns+") VALUES ("+placeholders(1, 20)+")",
		p.TenantID, p.ID, p.UserID, p.FlowID, p.FactorID, p.Number, p.Act, p.SessionID, p.DeviceID, p.Client,
		p.From.IPAddress, p.From.UserAgent, toJSON(p.From.Info), toJSON(p.From.Location), micros(p.CreatedAt), micros(p.EndsAt),
		p.Answer, micros(p.AnsweredAt), p.AnsweredIn, micros(p.UsedAt))
	return err
}

// Approval returns one request of a user, or ErrNotFound.
func (q Queries) Approval(ctx context.Context, tenantID, userID, id string) (Approval, error) {
	return get(ctx, q, scanApproval, "SELECT "+approvalColumns+" FROM approvals WHERE tenant_id = $1 AND id = $2 AND user_id = $3", tenantID, id, userID)
}

// OpenApprovals returns the requests of a user that wait for an answer, in sign-ins and step-ups that go on, the
// newest first.
func (q Queries) OpenApprovals(ctx context.Context, tenantID, userID string, now time.Time) ([]Approval, error) {
	return all(ctx, q, scanApproval, "SELECT "+approvalColumns+` FROM approvals p
		WHERE tenant_id = $1 AND user_id = $2 AND answer = '' AND ends_at > $3
		AND EXISTS (SELECT 1 FROM flows f WHERE f.tenant_id = p.tenant_id AND f.id = p.flow_id) ORDER BY created_at DESC, id DESC LIMIT 20`,
		tenantID, userID, micros(now))
}

// AnswerApproval records the answer to a request, with its time and the session. ErrNotFound when it has one or
// its time is over.
func (q Queries) AnswerApproval(ctx context.Context, p Approval) error {
	return q.execOne(ctx, `UPDATE approvals SET answer = $3, answered_at = $4, answered_in = $5
		WHERE tenant_id = $1 AND id = $2 AND answer = '' AND ends_at > $4`, p.TenantID, p.ID, p.Answer, micros(p.AnsweredAt), p.AnsweredIn)
}

// ReplaceApprovals answers the open requests of a flow of a user, because a newer one takes their place.
func (q Queries) ReplaceApprovals(ctx context.Context, p Approval) error {
	_, err := q.exec(ctx, `UPDATE approvals SET answer = $4, answered_at = $5
		WHERE tenant_id = $1 AND user_id = $2 AND flow_id = $3 AND answer = ''`, p.TenantID, p.UserID, p.FlowID, p.Answer, micros(p.AnsweredAt))
	return err
}

// UseApproval uses the answer to a request up. ErrNotFound when it is not this answer, was used before, or its time is over.
func (q Queries) UseApproval(ctx context.Context, p Approval, now time.Time) error {
	return q.execOne(ctx, `UPDATE approvals SET used_at = $4 WHERE tenant_id = $1 AND id = $2 AND answer = $3 AND used_at = 0 AND ends_at > $4`,
		p.TenantID, p.ID, p.Answer, micros(now))
}

// ForgetApprovals deletes up to limit requests from before a time.
func (tx *Tx) ForgetApprovals(ctx context.Context, before time.Time, limit int) (int64, error) {
	return tx.remove(ctx, removal{"approvals", "tenant_id, id", "created_at < $1"}, limit, micros(before))
}
