package web

import (
	"net/http"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
)

// deviceStepView is the step of a sign-in that asks whether to trust the device.
type deviceStepView struct {
	Path, Next   string
	Icon, Name   string // of the device
	Place        place
	Means        string // what trusting it means here
	DeviceLimit  []limitRow
	LimitText    string // why one has to be given up
	Required     bool   // nobody is let in on a device that is not trusted
	ErrorSummary *errorSummary
	Back         anchor
}

// limitRow is a device that could be given up for this one.
type limitRow struct {
	ID, Icon, Name, What string
	Place                place
	Used                 moment
	Primary              bool
	Chosen               bool
}

// deviceStepShow asks "Trust this device?".
func (p *Pages) deviceStepShow(v *visit) error {
	view, err := p.deviceStepPage(v)
	if err != nil {
		return p.challengeOver(v, p.signInChallenge(v), err)
	}
	return p.showDeviceStep(v, http.StatusOK, view)
}

// deviceStep takes the answer.
func (p *Pages) deviceStep(v *visit) error {
	next := v.r.FormValue("next")
	result, err := p.SignIn.Advance(v.r.Context(), p.Read.From(v.r, v.tenant, false), request.FlowToken(v.r), signin.Step{
		State: signin.Device, Trust: formOf(v, "trust") == "yes", GiveUp: formOf(v, "giveUp"),
	})
	if err == nil {
		return p.signInNext(v, next, result)
	}
	if asInvalid(err) == nil {
		return p.challengeOver(v, p.signInChallenge(v), err)
	}
	view, lost := p.deviceStepPage(v)
	if lost != nil {
		return p.challengeOver(v, p.signInChallenge(v), lost)
	}
	view.refuse(v.speaker, formOf(v, "giveUp"))
	return p.showDeviceStep(v, request.Status(err), view)
}

// deviceStepPage builds the page from where the flow stands.
func (p *Pages) deviceStepPage(v *visit) (*deviceStepView, error) {
	result, err := p.SignIn.Look(v.r.Context(), p.Read.From(v.r, v.tenant, false), request.FlowToken(v.r))
	if err != nil {
		return nil, err
	}
	if result.State != signin.Device {
		return nil, sallyport.Refuse(sallyport.CodeFlowMismatch, "nobody asks for the device")
	}
	policy, err := p.Tenants.Policy(v.r.Context(), v.tenant.ID)
	if err != nil {
		return nil, err
	}
	return viewDeviceStep(v.speaker, p.Read.Client(v.r), policy, result.Devices, v.r.FormValue("next")), nil
}

func (p *Pages) showDeviceStep(v *visit, status int, view *deviceStepView) error {
	v.flashed = true // a message of the step before is for who is in
	return p.show(v, status, "device_step", v.T("deviceStep.heading"), view)
}

func viewDeviceStep(s speaker, c sallyport.Client, p sallyport.Policy, trusted []sallyport.Device, next string) *deviceStepView {
	v := &deviceStepView{
		Path: deviceStepPath, Next: localPath(next), Icon: deviceIcon(c.Info.Type), Name: s.Device(c.Info), Place: s.place(c.Location),
		Means: s.trustMeans(p), Required: p.DeviceRequireTrusted,
		Back: anchor{Text: s.T("factor.otherAccount"), Path: withNext(signInPath, next)},
	}
	for _, d := range trusted {
		row := limitRow{
			ID: d.ID, Icon: deviceIcon(d.Info.Type), Name: d.Name, What: s.Device(d.Info), Primary: d.Primary,
			Place: s.place(d.LastLocation), Used: s.ago("device.used", d.LastUsedAt),
		}
		if row.Name == "" {
			row.Name, row.What = row.What, ""
		}
		v.DeviceLimit = append(v.DeviceLimit, row)
	}
	if len(v.DeviceLimit) > 0 {
		v.LimitText = s.N("deviceStep.limit", p.DeviceMaxPerUser)
	}
	return v
}

// refuse says that a device has to be given up, with the one that was chosen.
func (v *deviceStepView) refuse(s speaker, chosen string) {
	v.ErrorSummary = &errorSummary{Title: s.T("deviceStep.chooseTitle"), Text: s.T("deviceStep.chooseText")}
	for i := range v.DeviceLimit {
		v.DeviceLimit[i].Chosen = v.DeviceLimit[i].ID == chosen
	}
}
