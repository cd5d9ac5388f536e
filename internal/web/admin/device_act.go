package admin

import (
	"context"
	"strconv"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/act"
	"github.com/sallyport/sallyport/internal/device"
	"github.com/sallyport/sallyport/internal/web/kit"
)

// deviceAct is an act on one device of somebody. Its texts are "deviceList.act." with its words and
// "", "Title", "Text", "Act"; what is said afterwards is "flash.admin.device." with them.
type deviceAct struct {
	path, words, icon string
	calm              bool
	fits              func(device.Device) bool
	// do does it; nil for a form.
	do func(ctx context.Context, s *device.Service, actor sallyport.Actor, id string) error
}

// deviceActs is THE table of acts on one device of somebody, the most likely ones first.
var deviceActs = []deviceAct{
	{
		path: "clear", words: "clear", icon: "circle-check", calm: true,
		fits: func(d device.Device) bool { return d.Compromised() && d.Status != sallyport.DeviceRevoked },
		do: func(ctx context.Context, s *device.Service, actor sallyport.Actor, id string) error {
			return s.Clear(ctx, actor, id)
		},
	},
	{
		path: "resume", words: "resume", icon: "circle-check", calm: true,
		fits: func(d device.Device) bool { return d.Status == sallyport.DeviceSuspended },
		do: func(ctx context.Context, s *device.Service, actor sallyport.Actor, id string) error {
			return s.Resume(ctx, actor, id)
		},
	},
	{
		path: "trust", words: "trust", icon: "shield-check", calm: true,
		fits: func(d device.Device) bool { return device.MayStart(d.Device) && d.Trust < sallyport.TrustHigh },
		do: func(ctx context.Context, s *device.Service, actor sallyport.Actor, id string) error {
			return s.SetLevel(ctx, actor, id, sallyport.TrustHigh)
		},
	},
	{
		path: "suspend", words: "suspend", icon: "player-pause",
		fits: func(d device.Device) bool { return device.MayStart(d.Device) },
		do: func(ctx context.Context, s *device.Service, actor sallyport.Actor, id string) error {
			return s.Suspend(ctx, actor, id)
		},
	},
	{
		path: "level", words: "level", icon: "shield-half", calm: true,
		fits: func(d device.Device) bool { return device.MayStart(d.Device) },
	},
	{
		path: "flag", words: "flag", icon: "alert-triangle",
		fits: func(d device.Device) bool { return !d.Compromised() && d.Status != sallyport.DeviceRevoked },
	},
	{
		path: "revoke", words: "revoke", icon: "ban",
		fits: func(d device.Device) bool { return d.Status != sallyport.DeviceRevoked },
		do: func(ctx context.Context, s *device.Service, actor sallyport.Actor, id string) error {
			return s.RevokeOf(ctx, actor, id)
		},
	},
}

// deviceRoutes are the list, the drawer, the pages that ask, and what they do. These lead back to
// where they came from.
func (p *Pages) deviceRoutes() (routes []kit.Route) {
	routes = []kit.Route{
		{
			Pattern: "GET " + devicesPath, Guard: kit.SignedIn, Need: device.NeedView, Do: p.deviceList,
			Entry: kit.Entry{Section: kit.Foundation, Words: "nav.devices", Icon: "devices"},
		},
		{Pattern: "GET " + devicesPath + "/{id}", Guard: kit.SignedIn, Need: device.NeedView, Do: p.deviceShow},
	}
	for _, one := range deviceActs {
		if one.do == nil {
			continue
		}
		routes = append(routes, p.Confirm(kit.Confirm{
			Path: devicesPath + "/{id}/" + one.path, Need: device.NeedManage,
			Ask: func(v *kit.Visit) (*kit.ConfirmView, error) {
				u, d, err := p.mayToDevice(v)
				if err != nil {
					return nil, err
				}
				return one.ask(v.Speaker, u, d, backToDevice(v)), nil
			},
			Do: func(v *kit.Visit) error {
				return deviceDone(v, one.words, one.do(v.R.Context(), p.Devices, p.Actor(v), v.R.PathValue("id")))
			},
		})...)
	}
	routes = append(routes, p.Form(kit.Form{
		Path: devicesPath + "/{id}/level", Need: device.NeedManage, Keeps: []string{"level"}, Fill: p.deviceLevelForm,
		Do: func(v *kit.Visit) error {
			level, _ := strconv.Atoi(v.Value("level")) // 0 is refused
			return deviceDone(v, "level", p.Devices.SetLevel(v.R.Context(), p.Actor(v), v.R.PathValue("id"), sallyport.TrustLevel(level)))
		},
	})...)
	return append(routes, p.Form(kit.Form{
		Path: devicesPath + "/{id}/flag", Need: device.NeedManage, Keeps: []string{"reason"}, Fill: p.deviceFlagForm,
		Do: func(v *kit.Visit) error {
			return deviceDone(v, "flag", p.Devices.Flag(v.R.Context(), p.Actor(v), v.R.PathValue("id"), v.Value("reason")))
		},
	})...)
}

// backToDevice is where an act on a device leads back to: its drawer, unless its address says
// otherwise.
func backToDevice(v *kit.Visit) string {
	return kit.BackTo(v, devicesPath+"/"+v.R.PathValue("id"))
}

// deviceDone goes back to where the act came from, which says what was done, or why it was not.
func deviceDone(v *kit.Visit, words string, err error) error {
	if kit.TooManyDevices(v.Speaker, err) != nil {
		return done(v, backToDevice(v), "flash.admin.deviceTooMany", 0)
	}
	return actDone(v, backToDevice(v), "flash.admin.device."+words, err)
}

// mayToDevice returns the device of the address and whose it is, once the reader may act on it
// and has proven enough.
func (p *Pages) mayToDevice(v *kit.Visit) (u sallyport.User, d device.Device, err error) {
	ctx, actor := v.R.Context(), p.Actor(v)
	if err = p.Acts.May(ctx, actor, act.Device(v.R.PathValue("id")), device.NeedManage); err != nil {
		return u, d, err
	}
	if d, err = p.Devices.Get(ctx, actor, v.R.PathValue("id")); err != nil {
		return u, d, err
	}
	names, err := p.Accounts.Names(ctx, actor, []string{d.UserID})
	return names[d.UserID], d, err
}

func (a deviceAct) ask(s kit.Speaker, u sallyport.User, d device.Device, back string) *kit.ConfirmView {
	words, name := "deviceList.act."+a.words, s.DeviceName(d)
	return &kit.ConfirmView{
		ID: a.path + "-" + d.ID, Path: kit.WithBack(devicesPath+"/"+d.ID+"/"+a.path, back), Back: back, Icon: a.icon, Calm: a.calm,
		Text: s.T(words), Title: s.T(words+"Title", "Device", name), Lines: []string{s.T(words+"Text", "Name", u.Name(), "Device", name)}, Act: s.T(words + "Act"),
	}
}

// acts are those that fit a device and that the reader may do; with dialogs they are asked about in
// place. One with fields has a page.
func (l devices) acts(s kit.Speaker, d device.Device, back string, dialogs bool) (out []*kit.ConfirmView) {
	if !l.does(device.NeedManage.Permission, device.NeedManage.Self, d.UserID) {
		return nil
	}
	for _, a := range deviceActs {
		if !a.fits(d) {
			continue
		}
		ask := a.ask(s, l.names[d.UserID], d, back)
		if !dialogs || a.do == nil {
			ask.ID = ""
		}
		out = append(out, ask)
	}
	return out
}

// deviceLevelForm asks how far a device is to be trusted.
func (p *Pages) deviceLevelForm(v *kit.Visit) (*kit.FormView, error) {
	u, d, err := p.mayToDevice(v)
	if err != nil {
		return nil, err
	}
	return viewDeviceLevel(v.Speaker, u, d, backToDevice(v)), nil
}

func viewDeviceLevel(s kit.Speaker, u sallyport.User, d device.Device, back string) *kit.FormView {
	f := &kit.Field{Name: "level", Label: s.T("deviceList.trust"), Type: "radio"}
	for i, name := range []string{"low", "medium", "high"} {
		level := sallyport.TrustLow + sallyport.TrustLevel(i)
		f.Options = append(f.Options, kit.Option{
			Value: strconv.Itoa(int(level)), Text: s.T("trust." + name), Help: s.T("deviceList.level." + name), On: level == d.Trust,
		})
	}
	name := s.DeviceName(d)
	return &kit.FormView{
		Path: kit.WithBack(devicesPath+"/"+d.ID+"/level", back), Back: back, Icon: "shield-half",
		Title: s.T("deviceList.act.levelTitle", "Device", name), Lead: s.T("deviceList.act.levelText", "Name", u.Name(), "Device", name),
		Fields: []*kit.Field{f}, Act: s.T("deviceList.act.levelAct"),
	}
}

// deviceFlagForm asks why a device is to be marked as compromised.
func (p *Pages) deviceFlagForm(v *kit.Visit) (*kit.FormView, error) {
	u, d, err := p.mayToDevice(v)
	if err != nil {
		return nil, err
	}
	return viewDeviceFlag(v.Speaker, u, d, backToDevice(v)), nil
}

func viewDeviceFlag(s kit.Speaker, u sallyport.User, d device.Device, back string) *kit.FormView {
	reason := kit.TextField("reason", s.T("deviceList.reason"), "", "off")
	reason.Hint, reason.Focus = s.T("deviceList.reasonHint"), true
	name := s.DeviceName(d)
	return &kit.FormView{
		Path: kit.WithBack(devicesPath+"/"+d.ID+"/flag", back), Back: back, Icon: "alert-triangle",
		Title: s.T("deviceList.act.flagTitle", "Device", name), Lead: s.T("deviceList.act.flagText", "Name", u.Name(), "Device", name),
		Fields: []*kit.Field{&reason}, Act: s.T("deviceList.act.flagAct"),
	}
}
