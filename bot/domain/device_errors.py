"""What devices report about themselves (`errorCodes`), in words, with what to do about it. Pure.

The codes are those of Control Hub's alerts about devices: docs/webex/provisioning.md §4.5.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# They stay as they are in codes of capitals: `SIP_FAILED`.
ACRONYMS = frozenset(
    {"AP", "API", "CDP", "DHCP", "DNS", "HDMI", "HTTP", "HTTPS", "IP", "LAN", "LLDP", "MAC", "NTP"}
    | {"POE", "SIP", "TCP", "TLS", "UDP", "USB", "VLAN", "VPN"}
)
LONGEST_ACRONYM = 5  # letters: shorter codes of capitals are one
MAX_SHOWN = 3  # more do not fit on the screen of a phone
LOOK_IN_CONTROL_HUB = (
    "Look in Control Hub, under Management › Devices: the details of the device explain it."
)
PORTS = (
    "Check that the firewall lets the media of Webex through: UDP is best, and TCP is the fallback."
)
LINE_QUALITY = "Check the cable, the switch port and the load of the network."
SOFTWARE = "Check the upgrade channel in Control Hub. Outdated software is a security risk."


@dataclass(frozen=True)
class DeviceError:
    """What a code means, and what to do about it."""

    meaning: str
    advice: str


KNOWN: Mapping[str, DeviceError] = {
    code: DeviceError(meaning, advice)
    for code, meaning, advice in (
        (
            "sipprofileregistration",
            "It is not registered for calls",
            "Check its network and firewall, and whether its owner has Webex Calling."
            " Then apply changes, or restart it.",
        ),
        (
            "wxcsipconnection",
            "It is connected to Webex, but not registered for calls",
            "Check whether its owner has Webex Calling, and that the firewall lets SIP through.",
        ),
        (
            "wxcwebexconnection",
            "It is registered for calls, but not connected to the other services of Webex",
            "Check that its network reaches the cloud services of Webex over HTTPS.",
        ),
        (
            "accountmissing",
            "The person or workspace that it belongs to is gone",
            "Delete the device, or reset it and activate it for somebody else.",
        ),
        (
            "provisioningstatus",
            "Its activation failed",
            "Check its network and start the activation again.",
        ),
        (
            "provisioningmodeandstatus",
            "It could not get its settings",
            "Check its network, restart it, and look at its own diagnostics page.",
        ),
        (
            "configurationfile",
            "It got a configuration that it cannot use",
            "Apply changes, so that it fetches the configuration again.",
        ),
        (
            "soontobedeactivated",
            "It has been offline for so long that it will soon lose its registration",
            "Connect it to the network; otherwise it must be activated again.",
        ),
        ("networkquality", "It lost packets during the last call", LINE_QUALITY),
        ("currentnetworkquality", "Its network makes sound and video poor", LINE_QUALITY),
        ("mediablockingdetected", "A firewall may block its sound and video", PORTS),
        ("mediaprotocol", "A firewall may block UDP for its sound and video", PORTS),
        ("tcpmediafallback", "A firewall may block UDP for its sound and video", PORTS),
        (
            "ntpstatus",
            "It cannot reach a time server, so its clock may be wrong",
            "Check that it reaches its time server (UDP port 123).",
        ),
        (
            "certificateexpiry",
            "One of its certificates has expired, or expires soon",
            "Renew the certificate.",
        ),
        ("softwareoutofdate", "Its software is out of date", SOFTWARE),
        ("softwareupgradekeepsfailing", "It could not download new software", SOFTWARE),
        ("softwareupgradeavailability", "Its upgrade channel has no software for it", SOFTWARE),
        ("webexsoftwareupdateavailable", "New software is ready for it", SOFTWARE),
        (
            "temperaturecheck",
            "It is too hot",
            "Make sure that air can reach it, and keep it out of the sun.",
        ),
        (
            "amplifierdetection",
            "It cannot find its amplifier",
            "Check the power and the cable of the amplifier.",
        ),
        ("amplifierfanstatus", "A fan does not work", "Ask Cisco's support for a replacement."),
        ("microphonesconnected", "It has no microphone", "Check the cables of the microphones."),
        (
            "microphoneoverloaded",
            "A microphone is too loud",
            "Lower its input level, or move it away from the loudspeaker.",
        ),
        (
            "audiointernalspeakerdisabled",
            "Its loudspeaker is switched off",
            "Switch it on in the configurations of the device.",
        ),
        ("camerapairing", "It cannot reach its camera", "Check the cable of the camera."),
        ("missingdisplay", "It cannot find a display", "Check the cables of the displays."),
        ("osdvideooutput", "It cannot find its main display", "Check that the display is on."),
        (
            "touchpanelconnection",
            "It has no touch panel",
            "Check the cable and the power of the touch panel.",
        ),
        (
            "controlsystemconnection",
            "It cannot find its control system",
            "Check that the control system is on and connected.",
        ),
        (
            "ultrasoundconfigsettings",
            "Its ultrasound is too quiet to pair with phones and laptops",
            "Raise the ultrasound volume in the configurations of the device.",
        ),
        (
            "audiopairingrate",
            "Pairing by ultrasound may fail",
            "Check its loudspeaker, and switch off the ultrasound of other devices in the room.",
        ),
        ("stylusbattery", "The battery of its pen is low", "Replace the battery."),
        (
            "firsttimewizardnotcompleted",
            "Its setup assistant was not finished",
            "Finish the setup on the device.",
        ),
    )
}  # fmt: skip


def explained(codes: Sequence[str]) -> list[DeviceError]:
    """What the codes mean, each once; codes that nobody knows in the words of Webex."""
    return list(dict.fromkeys(_explained(code) for code in codes if code))


def _explained(code: str) -> DeviceError:
    known = KNOWN.get("".join(char for char in code.casefold() if char.isalnum()))
    return known or DeviceError(_as_words(code), LOOK_IN_CONTROL_HUB)


def _as_words(code: str) -> str:
    """`MissingProximity_check`, `MISSING_CHECK` → Missing check; other codes stay as they are."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_.\-]+", " ", code).split()
    is_of_capitals = code.isupper() and len(code) > LONGEST_ACRONYM
    if not parts or (len(parts) < 2 and not is_of_capitals):
        return code
    kept = ACRONYMS if is_of_capitals else {part for part in parts if part.isupper()}
    first, *others = (part if part in kept else part.lower() for part in parts)
    return " ".join([first[:1].upper() + first[1:], *others])
