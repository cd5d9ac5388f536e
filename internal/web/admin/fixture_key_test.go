package admin

import (
	"net/http/httptest"
	"time"

	"github.com/sallyport/sallyport"
	"github.com/sallyport/sallyport/internal/apikey"
	"github.com/sallyport/sallyport/internal/list"
	"github.com/sallyport/sallyport/internal/oauth"
	"github.com/sallyport/sallyport/internal/web/kit"
	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

const base = "https://accounts.northwind.example"

// services are service accounts in every state.
func services() []service {
	of := func(id, name string, r, owner sallyport.Role, status sallyport.UserStatus, keys []sallyport.APIKey) service {
		return service{sallyport.User{
			ID: id, TenantID: "northwind", FirstName: name, Role: r, OwnedBy: owner, Status: status, CreatedAt: kittest.Now.Add(-70 * 24 * time.Hour),
		}, keys}
	}
	return []service{
		of("sv1", "Warehouse sync", sallyport.RoleMember, sallyport.RoleAdmin, sallyport.UserService, kittest.Keys()),
		of("sv2", "Schnittstelle zur Gefahrgutdatenbank der Binnenschifffahrtsverwaltung", sallyport.Role(helpdesk.ID), sallyport.RoleOwner, sallyport.UserService, nil),
		of("sv3", "روبوت الليل", sallyport.RoleAdmin, sallyport.Role(helpdesk.ID), sallyport.UserDisabled, kittest.Keys()[:1]),
	}
}

var roleNames = map[sallyport.Role]string{sallyport.Role(helpdesk.ID): helpdesk.Name}

// heldKeys are keys of people and of service accounts.
func heldKeys() []apikey.Held {
	var out []apikey.Held
	all := kittest.Keys()
	owners := []sallyport.User{kittest.Amara, kittest.LongName, services()[0].User, kittest.RightToLeft}
	for i, k := range all {
		u := owners[i]
		u.TenantID = "northwind"
		out = append(out, apikey.Held{APIKey: k, User: u})
	}
	for i, reason := range []string{"revoked_by_user", "revoked_by_admin", "password_reset", "role_changed", "reported_not_me", "surrendered"} {
		k := all[i%len(all)]
		k.ID, k.EndedAt, k.EndReason = "r"+reason, kittest.Now.Add(-time.Hour), reason
		out = append(out, apikey.Held{APIKey: k, User: kittest.EmojiName})
	}
	return out
}

func keysOf(query string, reader sallyport.Actor, rows ...apikey.Held) keys {
	l := keys{register: register{reader: reader, list: kit.Listed(httptest.NewRequest("GET", keysPath+query, nil), keysPath, list.APIKeys, registered)}}
	l.found.Rows = rows
	return l
}

func clients() []sallyport.OAuthClient {
	return []sallyport.OAuthClient{
		{ID: "01938c3e-7a10-7e4c-9a54-3f0f6f2a7c11", Name: "Billing", Hint: "Qm4t", CreatedAt: kittest.Now.Add(-90 * 24 * time.Hour), UsedAt: kittest.Now.Add(-2 * time.Minute)},
		{
			ID: "01938c3e-7a10-7e4c-9a54-3f0f6f2a7c12", Name: "Frachtführerabrechnungsportal für die grenzüberschreitende Binnenschifffahrt", Hint: "zz81",
			CreatedAt: kittest.Now.Add(-time.Hour), RotatedAt: kittest.Now.Add(-time.Minute), FormerEndsAt: kittest.Now.Add(time.Hour),
		},
	}
}

func keyFixtures() []kittest.Fixture {
	secret := func(c sallyport.OAuthClient) func(s kit.Speaker) any {
		return func(s kit.Speaker) any {
			return viewClientSecret(s, oauth.Made{OAuthClient: c, Secret: kittest.KeySecret}, base)
		}
	}
	stopped := clients()[1]
	stopped.FormerEndsAt = time.Time{}
	full := services()[0]
	full.keys = kittest.ManyKeys(apikey.MaxKeys)
	return []kittest.Fixture{
		inAdmin("api-keys-many", "api_key_list", keysPath, func(s kit.Speaker) any { return keysOf("", reader(), heldKeys()...).view(s) }),
		inAdmin("api-keys-view", "api_key_list", keysPath, func(s kit.Speaker) any {
			return keysOf("?status=active", reader("api_keys.view"), heldKeys()[:4]...).view(s)
		}),
		inAdmin("api-keys-none", "api_key_list", keysPath, func(s kit.Speaker) any { return keysOf("", reader()).view(s) }),
		inAdmin("api-keys-filtered", "api_key_list", keysPath, func(s kit.Speaker) any { return keysOf("?status=revoked", reader()).view(s) }),
		inAdmin("api-key-end", "act_confirm", keysPath, func(s kit.Speaker) any { return askEndKey(s, heldKeys()[0], keysPath) }),
		inAdmin("services-many", "service_list", kit.ServicesPath, func(s kit.Speaker) any { return viewServices(s, reader(), services(), roleNames) }),
		inAdmin("services-none", "service_list", kit.ServicesPath, func(s kit.Speaker) any { return viewServices(s, reader(), nil, nil) }),
		inAdmin("services-view", "service_list", kit.ServicesPath, func(s kit.Speaker) any { return viewServices(s, reader("api_keys.view"), services(), nil) }),
		inAdmin("service-new", "act_form", kit.ServicesPath, func(s kit.Speaker) any { return viewNewService(s, given()) }),
		inAdmin("service", "service_show", kit.ServicesPath, func(s kit.Speaker) any { return viewService(s, reader(), services()[0], roleNames) }),
		inAdmin("service-no-keys", "service_show", kit.ServicesPath, func(s kit.Speaker) any { return viewService(s, reader(), services()[1], roleNames) }),
		inAdmin("service-disabled", "service_show", kit.ServicesPath, func(s kit.Speaker) any { return viewService(s, reader(), services()[2], roleNames) }),
		inAdmin("service-full", "service_show", kit.ServicesPath, func(s kit.Speaker) any { return viewService(s, reader(), full, roleNames) }),
		inAdmin("service-view", "service_show", kit.ServicesPath, func(s kit.Speaker) any { return viewService(s, reader("api_keys.view"), services()[0], nil) }),
		inAdmin("service-key-new", "act_form", kit.ServicesPath, func(s kit.Speaker) any { return viewNewServiceKey(s, reader(), services()[2].User) }),
		inAdmin("service-key-nothing", "act_form", kit.ServicesPath, func(s kit.Speaker) any { return viewNewServiceKey(s, reader(), services()[0].User) }),
		inAdmin("service-key-rotate", "act_form", kit.ServicesPath, func(s kit.Speaker) any { return viewRotateKey(s, heldKeys()[2]) }),
		inAdmin("service-disable", "act_confirm", kit.ServicesPath, func(s kit.Speaker) any { return askDisableService(s, services()[0].User) }),
		inAdmin("service-enable", "act_confirm", kit.ServicesPath, func(s kit.Speaker) any { return askEnableService(s, services()[2].User) }),
		inAdmin("clients-many", "client_list", clientsPath, func(s kit.Speaker) any { return viewClients(s, reader(), clients(), base) }),
		inAdmin("clients-view", "client_list", clientsPath, func(s kit.Speaker) any { return viewClients(s, reader("apps.view"), clients(), base) }),
		inAdmin("clients-none", "client_list", clientsPath, func(s kit.Speaker) any { return viewClients(s, reader(), nil, base) }),
		inAdmin("client-new", "act_form", clientsPath, func(s kit.Speaker) any { return viewNewClient(s) }),
		inAdmin("client-made", "key_secret", clientsPath, secret(clients()[0])),
		inAdmin("client-replaced", "key_secret", clientsPath, secret(clients()[1])),
		inAdmin("client-replaced-at-once", "key_secret", clientsPath, secret(stopped)),
		inAdmin("client-rotate", "act_form", clientsPath, func(s kit.Speaker) any { return viewRotateClient(s, clients()[0]) }),
		inAdmin("client-delete", "act_confirm", clientsPath, func(s kit.Speaker) any { return askDeleteClient(s, clients()[1]) }),
		inAdmin("team-services", "team_list", teamPath, func(s kit.Speaker) any {
			return teamOf("", people()[0], services()[0].User, services()[2].User).view(s)
		}),
	}
}
