package auth

import "net/netip"

// subscriberBits is how many bits of an IPv6 address a subscriber has no say in: within a /64 it chooses freely.
const subscriberBits = 64

// Address returns what limits of an address go by, given a connection's remote address, with or without a port: the
// address, of IPv6 the /64 that it is in. It returns the zero value for what is no address.
func Address(remote string) netip.Prefix {
	address, err := netip.ParseAddr(remote)
	if err != nil {
		withPort, err := netip.ParseAddrPort(remote)
		if err != nil {
			return netip.Prefix{}
		}
		address = withPort.Addr()
	}
	address = address.Unmap().WithZone("")
	bits := address.BitLen()
	if address.Is6() {
		bits = subscriberBits
	}
	prefix, err := address.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return prefix
}
