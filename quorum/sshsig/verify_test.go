package sshsig

import (
	"bytes"
	"testing"
)

// verifyBob verifies a file as bob's approval of the test message.
func verifyBob(t testing.TB, k *softKey, file []byte, f Factor) (Verified, error) {
	t.Helper()
	return mustParse(t, file).Verify(k.key, testNamespace, []byte(testMessage), f)
}

func TestZeroValuesVerifyNothing(t *testing.T) {
	k := newSoftKey(t, Ed25519, "officer bob")
	s := mustParse(t, goodLayout(t, k).armored())

	if (Verified{}).OK() {
		t.Error("the zero Verified is OK")
	}
	if (Key{}).Equal(Key{}) || (Key{}).Equal(k.key) || k.key.Equal(Key{}) {
		t.Error("the zero Key equals a key")
	}
	v, err := s.Verify(Key{}, testNamespace, []byte(testMessage), Factor{})
	wantRefusal(t, err, CodeUnknown, "signature key: want no key, found "+k.key.Fingerprint())
	if v.OK() {
		t.Error("a refused signature is OK")
	}
	const none = "signature: want one that was parsed, found none"
	_, err = new(Signature).Verify(Key{}, "", nil, Factor{})
	wantRefusal(t, err, CodeArmor, none)
	_, err = (*Signature)(nil).Verify(k.key, testNamespace, nil, Factor{})
	wantRefusal(t, err, CodeArmor, none)
}

func TestApprovalDoesNotServeAnotherActKeyOrText(t *testing.T) {
	for _, kind := range testKeyTypes() {
		bob, eve := newSoftKey(t, kind, "officer bob"), newSoftKey(t, kind, "eve")
		s := mustParse(t, goodLayout(t, bob).armored())

		_, err := s.Verify(bob.key, "veto.v1@strongroom", []byte(testMessage), Factor{})
		wantRefusal(t, err, CodeNamespace, `signature namespace: want "veto.v1@strongroom", found "approve.v1@strongroom"`)
		_, err = s.Verify(bob.key, "", []byte(testMessage), Factor{})
		wantRefusal(t, err, CodeNamespace, `signature namespace: want "", found "approve.v1@strongroom"`)
		_, err = s.Verify(eve.key, testNamespace, []byte(testMessage), Factor{})
		wantRefusal(t, err, CodeUnknown, "signature key: want "+eve.key.Fingerprint()+", found "+bob.key.Fingerprint())
		_, err = s.Verify(bob.key, testNamespace, []byte(testMessage+"\n"), Factor{})
		wantRefusal(t, err, CodeBad, "signature: want one by "+bob.key.Fingerprint()+" over this text, found one that does not verify")
	}
}

func TestKeyOfAnotherIsNotBelievedWhenPutIntoTheFile(t *testing.T) {
	for _, kind := range testKeyTypes() {
		bob, eve := newSoftKey(t, kind, "officer bob"), newSoftKey(t, kind, "eve")
		l := goodLayout(t, eve)
		l.key = bob.key.blob
		_, err := verifyBob(t, bob, l.armored(), Factor{})
		wantRefusal(t, err, CodeBad, "signature: want one by "+bob.key.Fingerprint()+" over this text, found one that does not verify")
	}
}

func TestMalleatedECDSAIsAcceptedByBothAndSoIsNoIdentity(t *testing.T) {
	needStock(t)
	for _, kind := range []KeyType{ECDSAP256, ECDSAP384, SKECDSAP256} {
		k := newSoftKey(t, kind, "officer bob")
		l := goodLayout(t, k)
		first := l.armored()
		l.content = string(k.malleated(stockSignedBlob(testNamespace, testMessage, "sha512")))
		second := l.armored()
		if bytes.Equal(first, second) {
			t.Fatalf("%s: the signature was not changed", kind)
		}
		for _, file := range [][]byte{first, second} {
			if v, err := verifyBob(t, k, file, Factor{}); err != nil || !v.OK() {
				t.Errorf("%s: refused here: %v", kind, err)
			}
			if !stockAccepts(t, k.key.String(), testNamespace, file, testMessage) {
				t.Errorf("%s: refused by ssh-keygen", kind)
			}
		}
	}
}

func TestTouchAndPINAreAskedOfHardware(t *testing.T) {
	needStock(t)
	plain, up, uv, bound := Factor{}, Factor{Presence: true}, Factor{Presence: true, Verification: true}, Factor{Bound: true}
	const untouched = "signature flags: want 01, a touched key, found "
	const noPIN = "signature flags: want 04, a PIN or a finger, found "
	const synced = "signature flags: want 08 clear, a key bound to its device, found "
	const inconsistent = "signature flags: want 08 where 10 is, found "
	tests := []struct {
		flags byte
		ask   Factor
		code  Code // empty: accepted
		text  string
	}{
		{0x00, plain, CodePresence, untouched + "00"},
		{0x00, up, CodePresence, untouched + "00"},
		{0x04, uv, CodePresence, untouched + "04"},
		{0x01, plain, "", ""},
		{0x01, up, "", ""},
		{0x01, uv, CodeVerification, noPIN + "01"},
		{0x01, Factor{Verification: true}, CodeVerification, noPIN + "01"},
		{0x01, bound, "", ""},
		{0x05, uv, "", ""},
		{0x05, Factor{true, true, true}, "", ""},
		{0x0d, uv, "", ""},
		{0x0d, bound, CodeSynced, synced + "0d"},
		{0x1d, uv, "", ""},
		{0x1d, bound, CodeSynced, synced + "1d"},
		{0x11, plain, CodeSynced, inconsistent + "11"},
		{0x15, uv, CodeSynced, inconsistent + "15"},
	}
	for _, kind := range []KeyType{SKEd25519, SKECDSAP256} {
		for _, tt := range tests {
			k := newSoftKey(t, kind, "officer bob")
			k.flags = tt.flags
			file := goodLayout(t, k).armored()
			claimStock(t, kind.String()+" flags "+hexByte(tt.flags), true, stockAccepts(t, k.key.String(), testNamespace, file, testMessage))
			v, err := verifyBob(t, k, file, tt.ask)
			if tt.code != "" {
				wantRefusal(t, err, tt.code, tt.text)
				continue
			}
			if err != nil || !v.OK() || v.Flags() != tt.flags || v.Counter() != 7 || !v.Hardware() || v.Key() != k.key {
				t.Errorf("%s flags %02x, asked %+v: found %+v %v", kind, tt.flags, tt.ask, v, err)
			}
		}
	}
}

func TestFlagsThatNoSignatureCarriesAreRefused(t *testing.T) {
	needStock(t)
	for _, flags := range []byte{0x03, 0x21, 0x45, 0x81, 0xff} {
		for _, kind := range []KeyType{SKEd25519, SKECDSAP256} {
			k := newSoftKey(t, kind, "officer bob")
			k.flags = flags
			file := goodLayout(t, k).armored()
			claimStock(t, kind.String()+" flags "+hexByte(flags), true, stockAccepts(t, k.key.String(), testNamespace, file, testMessage))
			_, err := Parse(file)
			wantRefusal(t, err, CodeNonCanonical, "signature flags: want none but 01, 04, 08 and 10, found "+hexByte(flags))
		}
	}
}

func TestFlagsAndCounterAreSigned(t *testing.T) {
	for _, kind := range []KeyType{SKEd25519, SKECDSAP256} {
		k := newSoftKey(t, kind, "officer bob")
		good := goodLayout(t, k)
		for back, value := range map[int]byte{5: 0x01, 1: 0x08} { // the flags; the counter's last byte
			l, content := good, []byte(good.content)
			content[len(content)-back] = value
			l.content = string(content)
			_, err := verifyBob(t, k, l.armored(), Factor{})
			wantRefusal(t, err, CodeBad, "signature: want one by "+k.key.Fingerprint()+" over this text, found one that does not verify")
		}
	}
}

func TestKeyInAFileShowsNoFactor(t *testing.T) {
	for _, kind := range []KeyType{Ed25519, ECDSAP256, ECDSAP384} {
		k := newSoftKey(t, kind, "officer bob")
		file := goodLayout(t, k).armored()
		for _, tt := range []struct {
			ask  Factor
			code Code
			want string
		}{
			{Factor{Presence: true}, CodePresence, "a hardware key that shows presence"},
			{Factor{Verification: true}, CodeVerification, "a hardware key that shows verification"},
			{Factor{Bound: true}, CodeSynced, "a hardware key bound to its device"},
		} {
			_, err := verifyBob(t, k, file, tt.ask)
			wantRefusal(t, err, tt.code, "signature key: want "+tt.want+", found "+kind.String())
		}
		v, err := verifyBob(t, k, file, Factor{})
		if err != nil || !v.OK() || v.Flags() != 0 || v.Counter() != 0 || v.Hardware() {
			t.Errorf("%s: found %+v %v", kind, v, err)
		}
	}
}

func TestSignatureForAnotherApplicationIsRefused(t *testing.T) {
	// The same device key, enrolled under an application that did not sign.
	k := newSoftKey(t, SKEd25519, "officer bob")
	blob := appendString(appendString(appendString(nil, "sk-ssh-ed25519@openssh.com"), k.key.point), "ssh:")
	other, err := parseKeyBlob(blob)
	if err != nil {
		t.Fatal(err)
	}
	l := goodLayout(t, k)
	l.key = other.blob
	_, err = mustParse(t, l.armored()).Verify(other, testNamespace, []byte(testMessage), Factor{})
	wantRefusal(t, err, CodeBad, "signature: want one by "+other.Fingerprint()+" over this text, found one that does not verify")
}

func BenchmarkVerify(b *testing.B) {
	for _, kind := range testKeyTypes() {
		k := newSoftKey(b, kind, "officer bob")
		file := goodLayout(b, k).armored()
		b.Run(kind.String(), func(b *testing.B) {
			b.ReportAllocs()
			s := mustParse(b, file)
			for b.Loop() {
				if _, err := s.Verify(k.key, testNamespace, []byte(testMessage), Factor{}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(kind.String()+"/parse", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(file); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
