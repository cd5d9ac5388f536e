package entry

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/request"
	"github.com/sallyport/sallyport/internal/signin"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// deviceStepView is the step of a sign-in that asks whether to trust the device.
type deviceStepView struct {
	Path, Next   string
	Icon, Name   string // of the device
	Place        kit.Place
	Means        string // what trusting it means here
	DeviceLimit  []limitRow
	LimitText    string // why one has to be given up
	Required     bool   // nobody is let in on a device that is not trusted
	ErrorSummary *kit.ErrorSummary
	Back         kit.Anchor
}

// limitRow is a device that could be given up for this one.
type limitRow struct {
	ID, Icon, Name, What string
	Place                kit.Place
	Used                 kit.Moment
	Primary              bool
	Chosen               bool
}

// deviceStepShow asks "Trust this device?".
func (p *Pages) deviceStepShow(v *kit.Visit) error {
	view, err := p.deviceStepPage(v)
	if err != nil {
		return p.challengeOver(v, p.signInChallenge(v), err)
	}
	again := p.SentBack(v)
	if again.Refused() != nil {
		view.refuse(v.Speaker, again.Value("giveUp"))
	}
	v.KeepFlash() // a message of the step before is for who is in
	return p.Show(v, again.Status(v), "device_step", v.T("deviceStep.heading"), view)
}

// deviceStep takes the answer.
func (p *Pages) deviceStep(v *kit.Visit) error {
	next := v.R.FormValue("next")
	result, err := p.SignIn.Advance(v.R.Context(), p.from(v), request.FlowToken(v.R), signin.Step{
		State: signin.Device, Trust: v.Value("trust") == "yes", GiveUp: v.Value("giveUp"),
	})
	if err == nil {
		return p.signInNext(v, next, result)
	}
	if kit.AsInvalid(err) == nil {
		return p.challengeOver(v, p.signInChallenge(v), err)
	}
	return p.SendBack(v, kit.WithNext(deviceStepPath, next), err)
}

// deviceStepPage builds the page from where the flow stands.
func (p *Pages) deviceStepPage(v *kit.Visit) (*deviceStepView, error) {
	result, err := p.SignIn.Look(v.R.Context(), p.from(v), request.FlowToken(v.R))
	if err != nil {
		return nil, err
	}
	if result.State != signin.Device {
		return nil, sallyport.Refuse(sallyport.CodeFlowMismatch, "nobody asks for the device")
	}
	return viewDeviceStep(v.Speaker, p.Read.Client(v.R), result.Policy, result.Devices, v.R.FormValue("next")), nil
}

func viewDeviceStep(s kit.Speaker, c sallyport.Client, p sallyport.Policy, trusted []sallyport.Device, next string) *deviceStepView {
	v := &deviceStepView{
		Path: deviceStepPath, Next: kit.LocalPath(next), Icon: kit.DeviceIcon(c.Info.Type), Name: s.Device(c.Info), Place: s.PlaceAt(c.Location, c.IPAddress),
		Means: s.TrustMeans(p), Required: p.DeviceRequireTrusted,
		Back: kit.Anchor{Text: s.T("factor.otherAccount"), Path: kit.WithNext(kit.SignInPath, next)},
	}
	for _, d := range trusted {
		row := limitRow{
			ID: d.ID, Icon: kit.DeviceIcon(d.Info.Type), Name: d.Name, What: s.Device(d.Info), Primary: d.Primary,
			Place: s.PlaceAt(d.LastLocation, d.LastIP), Used: s.Moment("device.used", d.LastUsedAt),
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
func (v *deviceStepView) refuse(s kit.Speaker, chosen string) {
	v.ErrorSummary = &kit.ErrorSummary{Title: s.T("deviceStep.chooseTitle"), Text: s.T("deviceStep.chooseText")}
	for i := range v.DeviceLimit {
		v.DeviceLimit[i].Chosen = v.DeviceLimit[i].ID == chosen
	}
}
