package profile

import (
	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/policy"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// activityDenyAsk asks before a session that was not theirs ends.
func (p *Pages) activityDenyAsk(v *kit.Visit) (*kit.ConfirmView, error) {
	session, d, err := p.activityDenied(v)
	if err != nil {
		return nil, err
	}
	return confirmDenial(v.Speaker, session, d), nil
}

// activityDeny ends the session and blocks its device, and leads on to a new password.
func (p *Pages) activityDeny(v *kit.Visit) error {
	session, d, err := p.activityDenied(v)
	if err != nil {
		return err
	}
	if err := p.Sessions.RevokeOwn(v.R.Context(), p.Actor(v), session.ID); err != nil {
		return err
	}
	if d != nil {
		if err := p.Devices.ReportLost(v.R.Context(), p.Actor(v), d.ID); err != nil {
			return err
		}
	}
	v.Flash("flash.activityDenied", 0)
	v.Redirect(kit.PasswordPath)
	return nil
}

// activityDenied returns the session, and its device unless that is the one in use: somebody
// sat at it who is out again, and its owner stays in.
func (p *Pages) activityDenied(v *kit.Visit) (sallyport.Session, *device.Device, error) {
	session, err := p.ownSession(v, v.R.PathValue("id"))
	if err != nil {
		return session, nil, err
	}
	if session.ID == v.Checked.Session.ID {
		return session, nil, sallyport.ErrNotFound
	}
	// Before anything ends: whoever comes back from a step-up finds the session.
	if err := p.MayAct(v, policy.EndDevice); err != nil {
		return session, nil, err
	}
	if session.DeviceID == "" || session.DeviceID == v.Checked.Session.DeviceID {
		return session, nil, nil
	}
	return session, &device.Device{Device: sallyport.Device{ID: session.DeviceID, Info: session.DeviceInfo}}, nil
}

func confirmDenial(s kit.Speaker, session sallyport.Session, d *device.Device) *kit.ConfirmView {
	name := s.Device(session.DeviceInfo)
	v := &kit.ConfirmView{
		ID: "not-mine-" + session.ID, Path: sessionsPath + "/" + session.ID + "/not-mine", Back: kit.HomePath + "#sessions",
		Title: s.T("confirmActivity.notTitle"), Act: s.T("confirmActivity.notAct"),
		Lines: []string{s.T("confirmActivity.notSession", "Device", name, "Place", s.PlaceAt(session.Location, session.IPAddress).Text)},
	}
	if d != nil {
		v.Lines = append(v.Lines, s.T("confirmActivity.notDevice"))
	}
	v.Lines = append(v.Lines, s.T("confirmActivity.notPassword"))
	return v
}
