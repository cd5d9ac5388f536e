package api

import (
	"context"
	"net/http"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/mfa"
)

func (e *edge) addApprovals() {
	handle(e, get("listMyApprovals", "/me/approvals", "What waits for your approval").
		says("Sign-ins and step-ups that asked your other devices, the newest first. Each waits for two minutes. The number that approves one is shown where it was asked, and nowhere else.").
		signedIn(), e.listMyApprovals)

	approve := post("approve", "/me/approvals/{id}/approve", "Approve a sign-in or a step-up", withBody(http.StatusNotFound, http.StatusConflict)...)
	approve.Description = "With the number that is shown there. A wrong one (422 wrong_number) ends the request. 403 device_not_trusted on a device below trust level 2, " +
		"409 approval_by_asker on the device that asks, 409 approval_over when it was answered or its time is over."
	handle(e, approve.needs(mfa.NeedAnswer), e.approve)

	deny := post("deny", "/me/approvals/{id}/deny", "Say that a sign-in or a step-up is not yours", http.StatusNotFound, http.StatusConflict)
	deny.Description = "It ends, and with it the session that asked. Whoever asked knows the password: you are told by mail to change it. For an hour nobody can ask your devices. Errors are those of approve."
	handle(e, deny.needs(mfa.NeedAnswer), e.onID(e.Factors.Deny))
}

// approvalRecord is a request to approve something.
type approvalRecord struct {
	ID         string               `json:"id"`
	Act        string               `json:"act,omitempty" doc:"Of a step-up: what it is for. Absent for a sign-in."`
	Client     string               `json:"client" enum:"web,native" doc:"Whether a browser or an app asks."`
	IPAddress  string               `json:"ipAddress"`
	DeviceInfo sallyport.DeviceInfo `json:"deviceInfo"`
	Location   sallyport.Location   `json:"location" doc:"Empty when unknown."`
	CreatedAt  time.Time            `json:"createdAt"`
	ExpiresAt  time.Time            `json:"expiresAt"`
	MayAnswer  bool                 `json:"mayAnswer" doc:"From your session: its device is trusted at level 2 or above, and it is not the one that asks."`
	IsAsking   bool                 `json:"isAsking" doc:"Your own device is the one that asks."`
}

func showApproval(r mfa.Request) approvalRecord {
	client := "web"
	if r.Native {
		client = "native"
	}
	return approvalRecord{
		ID: r.ID, Act: string(r.Act), Client: client, IPAddress: r.From.IPAddress, DeviceInfo: r.From.Info, Location: r.From.Location,
		CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.Until.UTC(), MayAnswer: r.May, IsAsking: r.Asks,
	}
}

// approvalList is what waits for an approval.
type approvalList struct {
	Approvals []approvalRecord `json:"approvals" nullable:"false"`
}

func (e *edge) listMyApprovals(ctx context.Context, _ *struct{}) (*struct{ Body approvalList }, error) {
	found, err := e.Factors.Approvals(ctx, e.actor(ctx))
	return &struct{ Body approvalList }{approvalList{each(found, showApproval)}}, err
}

type approveInput struct {
	ID   string `path:"id"`
	Body struct {
		Number string `json:"number" maxLength:"16" doc:"The two digits that are shown where it was asked."`
	} `nameHint:"ApproveRequest"`
}

func (e *edge) approve(ctx context.Context, in *approveInput) (*struct{}, error) {
	id, err := idInput{in.ID}.id()
	if err != nil {
		return nil, err
	}
	return nil, e.Factors.Approve(ctx, e.actor(ctx), id, in.Body.Number)
}
