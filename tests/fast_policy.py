"""A key derivation that costs nothing, so that tests are fast; the installed package has none (SECURITY K4)."""

from medbill_desktop.security.kdf import KdfCost, KdfPolicy

FAST = KdfPolicy(
    cost=KdfCost(64, 2, 2), floor=KdfCost(32, 2, 2), least=KdfCost(16, 1, 1), most=KdfCost(256, 4, 4)
)  # fmt: skip
