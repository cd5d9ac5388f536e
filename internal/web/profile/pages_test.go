package profile

import (
	"slices"
	"testing"

	"github.com/sallyport/sallyport/internal/web/kit/kittest"
)

func room() kittest.Room {
	return kittest.Room{Name: "profile", Fixtures: slices.Concat(appFixtures(), generalFixtures(), dataFixtures(), twoFactorFixtures(), deviceFixtures(), lockdownFixtures(), linkedFixtures(), avatarFixtures(), brandFixtures(), keyFixtures(), noticeFixtures(), approveFixtures())}
}

func TestPages(t *testing.T) { room().Test(t) }

func TestLook(t *testing.T) { room().Look(t) }

func TestGuide(t *testing.T) { room().Guide(t) }

func TestPreview(t *testing.T) { room().Preview(t) }
