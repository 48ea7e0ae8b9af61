"""Photos of labels, each with what must be read in it: nothing else may ever be read.

A photo that is not read is a nuisance, a wrong MAC or model is a fault.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.labels.drawing import (
    CODE_39,
    CODE_128,
    DATA_MATRIX,
    QR,
    Look,
    Printed,
    Scene,
)

MAC, OTHER_MAC, THIRD_MAC = "6C5E3BA0B1C2", "D82E3EEF4E5C", "00A2EE1F0B77"
Devices = tuple[tuple[tuple[str, ...], str], ...]  # MACs and model of each


@dataclass(frozen=True)
class Case:
    """A photo and what it tells: the devices, each with its MACs and its model."""

    name: str
    scene: Scene
    devices: Devices
    kind: str = "JPEG"
    options: dict[str, object] = field(default_factory=dict)


def phone(mac: str = MAC, pid: str = "CP-8865-K9", kind: str = CODE_128) -> list[Printed]:
    """The label under a desk phone: product id, serial number and MAC, each in a code."""
    return [
        Printed(pid, kind, f"PID: {pid} V08"),
        Printed(f"FCH2145{mac[-4:]}", kind, f"SN: FCH2145{mac[-4:]}"),
        Printed(mac, kind, f"MAC: {mac}"),
    ]


def whole(mac: str = MAC, pid: str = "CP-8865-K9", kind: str = DATA_MATRIX) -> list[Printed]:
    """All facts in one code."""
    text = f"PID: {pid} , VID: V08 , SN: FCH2145{mac[-4:]}, MAC: {mac}"
    return [Printed(text, kind, f"MAC {mac}")]


ONE: Devices = (((MAC,), "CP-8865-K9"),)
NOBODY: Devices = ()
DESK_PHONE = f'{{"onboardingMethod": 3, "mac": "{MAC}", "pid": "DP-9841-K9="}}'
ENVELOPE = f"[)>\x1e06\x1d1PCP-8865-K9\x1dSFCH2145D1AB\x1d23S{MAC}\x1e\x04"
ATA = [
    Printed("ATA192-3PW-K9", caption="PID: ATA192-3PW-K9"),
    Printed("FCH2145D1AB", caption="SN: FCH2145D1AB"),
    Printed(MAC, caption=f"MAC 1: {MAC}"),
    Printed("6C5E3BA0B1C3", caption="MAC 2: 6C5E3BA0B1C3"),
]
SHIPPING = [
    Printed("1Z999AA10123456784", caption="UPS GROUND"),
    Printed("420787011234567890123456", caption="SHIP TO POSTAL CODE"),
    Printed("9622001900000000000000776543210987", caption="TRACKING"),
]


def _angles() -> list[Case]:
    angles = (4, 8, 13, 21, 30, 38, 45, 57, 74, 90, 135, 180, 233, 270, 351)
    return [
        Case(f"turned by {angle}°", Scene([phone()], Look(angle=angle), seed=angle), ONE)
        for angle in angles
    ]


def _conditions() -> list[Case]:
    looks = {
        "blurred": Look(blur=2.2, angle=6),
        "blurred and turned": Look(blur=2, angle=25),
        "shaken": Look(motion=5, angle=7),
        "grainy": Look(noise=0.15, blur=1, angle=11),
        "dark": Look(light=0.3, angle=16),
        "half in shadow": Look(shade=0.8, light=0.8, angle=12),
        "with a reflection": Look(glare=0.7, angle=5),
        "pale": Look(contrast=0.3, angle=9),
        "grey on grey": Look(ink=70, paper=170, angle=14),
        "seen from the side": Look(tilt=0.15, angle=3),
        "seen from far to the side": Look(tilt=0.3, angle=12),
        "small": Look(fill=0.25, angle=8),
        "filling the picture": Look(fill=0.95, angle=2),
        "light on dark": Look(ink=235, paper=25, angle=8),
        "upright": Look(size=(1200, 1600), fill=0.8, angle=10),
        "all at once": Look(tilt=0.12, angle=17, blur=1.2, shade=0.5, noise=0.05),
    }
    return [
        Case(name, Scene([phone()], look, seed=number), ONE)
        for number, (name, look) in enumerate(looks.items())
    ]


def _codes() -> list[Case]:
    tilted = Look(angle=10)
    return [
        Case("Code 39", Scene([phone(kind=CODE_39)], Look(angle=7, fill=0.8)), ONE),
        Case("Code 39, blurred", Scene([phone(kind=CODE_39)], Look(blur=2, fill=0.9)), ONE),
        Case("Data Matrix", Scene([whole()], Look(angle=33, fill=0.3)), ONE),
        Case("Data Matrix, from the side", Scene([whole()], Look(tilt=0.3, fill=0.3)), ONE),
        Case("QR", Scene([whole(kind=QR)], Look(angle=70, fill=0.3)), ONE),
        Case("QR with JSON", Scene([[Printed(DESK_PHONE, QR, "9841")]], tilted), desk_phone()),
        Case("ISO 15434", Scene([[Printed(ENVELOPE, DATA_MATRIX, "8865")]], tilted), ONE),
        Case(
            "one code for the MAC, none for the model",
            Scene([[Printed(MAC, caption=f"CP-8865-K9 MAC {MAC}")]], tilted),
            (((MAC,), ""),),
        ),
        Case(
            "bars and a Data Matrix with the same",
            Scene([[*phone(), *whole()]], Look(fill=0.5, angle=5)),
            ONE,
        ),
        Case("an ATA", Scene([ATA], tilted), (((MAC, "6C5E3BA0B1C3"), "ATA192-3PW-K9"),)),
    ]


def desk_phone() -> Devices:
    """What the label of a 9841 tells."""
    return (((MAC,), "DP-9841-K9="),)


def _several() -> list[Case]:
    two = [phone(), phone(OTHER_MAC, "CP-7841-K9")]
    three = [phone(), phone(OTHER_MAC), phone(THIRD_MAC)]
    both: Devices = (((MAC,), "CP-8865-K9"), ((OTHER_MAC,), "CP-7841-K9"))
    all_three: Devices = tuple(((mac,), "CP-8865-K9") for mac in (MAC, OTHER_MAC, THIRD_MAC))
    large = Look(size=(2400, 1800), fill=0.9, angle=4)
    return [
        Case("two beside each other", Scene(two, large), both),
        Case("two below each other", Scene(two, large, is_column=True), both),
        Case("three beside each other", Scene(three, large), all_three),
        Case("three below each other", Scene(three, large, is_column=True), all_three),
        Case(
            "two with all in one code",
            Scene([whole(), whole(OTHER_MAC, "CP-7841-K9")], Look(fill=0.5, angle=12)),
            both,
        ),
    ]


def _wrong() -> list[Case]:
    # Small, as each of them costs all attempts.
    tilted = Look(size=(800, 600), angle=6, fill=0.8)
    texts = {
        "a serial number of hex digits": "SN: A1B2C3D4E5F6",
        "the key of a Wi-Fi": "WIFI:S:guests;T:WPA;P:A1B2C3D4E5F6;;",
        "an address": "https://example.com/A1B2C3D4E5F6",
        "a UUID": "0d9c52e4-9a4b-4c1e-8f5d-a1b2c3d4e5f6",
        "a parcel": "794644790138",
    }
    return [
        Case("a shipping label", Scene([SHIPPING], tilted), NOBODY),
        Case("a product code", Scene([[Printed("4006381333931", "EAN13")]], tilted), NOBODY),
        Case("an ITF code", Scene([[Printed("15400141288763", "ITF")]], tilted), NOBODY),
        Case("only the serial number", Scene([[phone()[1]]], tilted), NOBODY),
        Case("no label at all", Scene([], tilted), NOBODY),
        *(
            Case(
                name, Scene([[Printed(text, QR, "")]], Look((800, 600), angle=6, fill=0.4)), NOBODY
            )
            for name, text in texts.items()
        ),
    ]


def _files() -> list[Case]:
    camera = Look(size=(4000, 3000), fill=0.35, angle=14, blur=2, noise=0.03)
    return [
        Case("PNG", Scene([phone()], Look(angle=12)), ONE, "PNG"),
        Case("WebP", Scene([phone()], Look(angle=12)), ONE, "WEBP"),
        Case("a JPEG that was compressed much", Scene([phone()]), ONE, options={"quality": 20}),
        Case("a camera's 12 megapixels", Scene([phone()], camera), ONE),
        Case("a small picture", Scene([phone()], Look(size=(640, 480), fill=0.9)), ONE),
    ]


LABELS: Sequence[Case] = [*_angles(), *_conditions(), *_codes(), *_several(), *_files()]
OTHERS: Sequence[Case] = _wrong()
