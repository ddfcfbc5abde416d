"""Small networks that are exported to ONNX, and the classifiers of torchvision."""

from __future__ import annotations

import torch
import torchvision
from torch import nn

CLASSES = 5


class Branches(nn.Module):
    """What convolutional networks are made of: kinds of convolution, pooling, branches, a gate."""

    def __init__(self, ceil: bool = True) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(3, stride=2, padding=1, ceil_mode=ceil)
        self.depthwise = nn.Conv2d(8, 16, 3, padding=1, groups=8, bias=False)
        self.grouped = nn.Conv2d(16, 8, 3, padding=2, dilation=2, groups=2)
        self.wide = nn.Conv2d(8, 4, (1, 3), padding=(0, 1))
        self.mean = nn.AvgPool2d(3, stride=1, padding=1)
        self.gate = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(12, 12, 1), nn.Hardsigmoid())
        self.dropout = nn.Dropout(0.2)
        self.fc = nn.Linear(12 * (25 if ceil else 16), CLASSES)

    def forward(self, x):
        x = self.pool(self.relu(self.norm(self.stem(x))))
        y = self.grouped(self.depthwise(x)) + x
        y = torch.cat([y, self.wide(self.mean(y))], 1)
        y = torch.clamp(y * self.gate(y), 0, 6)
        return self.fc(self.dropout(torch.flatten(y, 1)))


class Norms(nn.Module):
    """Normalisations, PReLU, padding, pixel shuffle, channel shuffle, slices and a final softmax."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, stride=2)
        self.prelu = nn.PReLU(8)
        self.group = nn.GroupNorm(2, 8)
        self.instance = nn.InstanceNorm2d(8, affine=True)
        self.shuffle = nn.PixelShuffle(2)
        self.layer = nn.LayerNorm([8, 3, 3])
        self.fc = nn.Linear(2, CLASSES)

    def forward(self, x):
        x = nn.functional.pad(x, (1, 2, 0, 1), mode="reflect")
        x = self.group(self.prelu(self.conv(x)))
        x = self.instance(x)
        first, second = x.chunk(2, dim=1)
        x = torch.cat([second, first], 1)
        # The channels of two groups, one after the other.
        x = x.view(x.shape[0], 2, 4, x.shape[2], x.shape[3]).transpose(1, 2).reshape(x.shape)
        y = self.layer(x[:, :, 1:7:2, -3:])
        x = self.shuffle(x)
        x = x.mean((2, 3)) + y.amax((2, 3))[:, :2] - torch.sqrt(torch.abs(y - 1).sum((1, 2, 3)) + 1)[:, None]
        return nn.functional.softmax(self.fc(x), dim=1)


class Upscaling(nn.Module):
    """Images made larger and smaller, transposed convolutions, dilated pooling, choices between layers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 3, padding=1)
        self.grouped = nn.ConvTranspose2d(6, 4, 3, stride=2, padding=1, output_padding=1, groups=2)
        self.dilated = nn.ConvTranspose2d(4, 3, (2, 3), dilation=2, bias=False)
        self.pool = nn.MaxPool2d(3, stride=2, dilation=2, padding=1)
        self.nearest = nn.Upsample(scale_factor=(2, 1.5), mode="nearest")
        self.linear = nn.Upsample(size=(11, 9), mode="bilinear")
        self.corners = nn.Upsample(size=(5, 8), mode="bilinear", align_corners=True)
        self.cubic = nn.Upsample(scale_factor=(1.7, 0.8), mode="bicubic")
        self.fc = nn.Linear(3, CLASSES)

    def forward(self, x):
        x = self.pool(self.conv(x))
        x = self.dilated(self.grouped(x))
        x = self.cubic(self.corners(self.linear(self.nearest(x))))
        y = x.flip(2)
        x = torch.where(x > y, x * 2, y - 1)
        x = torch.where(x <= 0.5, x, torch.where(y < 0.1, y, torch.tensor(-0.5)))
        return self.fc(x.mean((2, 3)))


class Activations(nn.Module):
    """Every activation that PyTorch exports."""

    FUNCTIONS = (
        nn.ReLU6(), nn.LeakyReLU(0.1), nn.ELU(0.7), nn.SELU(), nn.CELU(1.3), nn.GELU(), nn.GELU(approximate="tanh"),
        nn.SiLU(), nn.Mish(), nn.Hardswish(), nn.Hardtanh(-0.5, 0.5), nn.Softplus(), nn.Softsign(), nn.Tanh(), nn.Sigmoid(),
    )

    def __init__(self) -> None:
        super().__init__()
        self.functions = nn.ModuleList(self.FUNCTIONS)
        self.fc = nn.Linear(len(self.FUNCTIONS) * 3 * 4, CLASSES)

    def forward(self, x):
        x = nn.functional.avg_pool2d(x, 8)
        x = torch.cat([function(2 * x) for function in self.functions], 1)
        return nn.functional.log_softmax(self.fc(x.flatten(1)), dim=-1)


class Products(nn.Module):
    """Products in Einstein's notation: of layers and with constants; a product that is read with its bias and without."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 4, stride=4)
        self.rows = nn.Parameter(torch.randn(4, 5, 4))
        self.mix = nn.Parameter(torch.randn(8, 3, 2))
        self.pointwise = nn.Parameter(torch.randn(6, 8))
        self.plain = nn.Linear(8, 6, bias=False)
        self.shift = nn.Parameter(torch.randn(6))
        self.fc = nn.Linear(3 + 5 + 6 + 6 + 6 + 4, CLASSES)

    def forward(self, x):
        x = self.conv(x)
        tokens = x.flatten(2).transpose(1, 2)
        heads = tokens.unflatten(2, (2, 4))
        weights = torch.einsum("bihd,bjhd->bhij", heads, torch.tanh(heads)).softmax(-1)
        y = torch.einsum("bhij, bjhd -> bihd", weights, heads).flatten(2)
        mixed = torch.einsum("bic,cde->bide", y, self.mix)
        summed = torch.einsum("bide,bie->bd", mixed, y[..., :2])
        by_rows = torch.einsum("b c h w, h k w -> b c h k", x, self.rows).mean((1, 2))
        first = torch.einsum("oc,bchw->bowh", self.pointwise, x).mean((2, 3))
        last = torch.einsum("...c,oc->...o", y, self.pointwise).mean(1)
        spread = torch.einsum("bic,bchw->bihw", y, x).mean((1, 2))
        plain = self.plain(y)
        shifted = (plain.unsqueeze(1) + self.shift).mean((1, 2)) * plain.amax(1)
        return self.fc(torch.cat([summed, by_rows, first, last, shifted, spread], 1))


def maxvit() -> nn.Module:
    return torchvision.models.MaxVit(
        input_size=(16, 16), stem_channels=4, partition_size=2, block_channels=[4], block_layers=[1],
        head_dim=2, stochastic_depth_prob=0.0, num_classes=CLASSES,
    )


def vision_transformer() -> nn.Module:
    return torchvision.models.VisionTransformer(
        image_size=16, patch_size=8, num_layers=1, num_heads=2, hidden_dim=8, mlp_dim=16, num_classes=CLASSES
    )


def swin(version: int) -> nn.Module:
    from torchvision.models import swin_transformer as module

    options = dict(patch_size=[2, 2], embed_dim=4, depths=[2, 1], num_heads=[2, 2], window_size=[3, 3], num_classes=CLASSES)
    if version == 2:
        options |= dict(block=module.SwinTransformerBlockV2, downsample_layer=module.PatchMergingV2)
    return module.SwinTransformer(**options)


def convnext() -> nn.Module:
    from torchvision.models.convnext import CNBlockConfig, ConvNeXt

    model = ConvNeXt([CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)], num_classes=CLASSES)
    for name, parameter in model.named_parameters():
        if "layer_scale" in name:
            nn.init.normal_(parameter)
    return model


# name, what it covers, model, exporter, operator set, batch (None for an open one); images of 16×16,
# for windows 8×8
CASES = [
    ("branches_opset7", "convolutions, pooling, branches, a gate; batch normalisation kept", lambda: Branches(False), "script", 7, None),
    ("branches_opset11", "the same", Branches, "script", 11, None),
    ("branches_opset17", "the same", Branches, "script", 17, 2),
    ("branches_dynamo", "the same, by the newer exporter", Branches, "dynamo", 20, None),
    ("norms_opset12", "normalisations, PReLU, padding, shuffles, slices, reductions", Norms, "script", 12, None),
    ("norms_opset18", "the same", Norms, "script", 18, 1),
    ("norms_dynamo", "the same, by the newer exporter", Norms, "dynamo", 21, None),
    ("activations_opset12", "every activation, most of them spelt out", Activations, "script", 12, None),
    ("activations_opset20", "every activation; a log-softmax at the end", Activations, "script", 20, None),
    ("activations_dynamo", "the same, by the newer exporter", Activations, "dynamo", 22, None),
    ("transformer_opset14", "a vision transformer; layer normalisation spelt out", vision_transformer, "script", 14, None),
    ("transformer_opset17", "the same for one image at a time", vision_transformer, "script", 17, 1),
    ("transformer_dynamo", "the same, by the newer exporter", vision_transformer, "dynamo", 20, None),
    ("swin_opset20", "the same for any number of images", lambda: swin(1), "script", 20, None),
    ("swin_dynamo", "the same, by the newer exporter", lambda: swin(1), "dynamo", 20, None),
    ("swin2_dynamo", "version 2 for one image at a time: cosine attention, positions from a small network", lambda: swin(2), "dynamo", 20, 1),
    ("einsum_opset13", "products in Einstein's notation", Products, "script", 13, None),
    ("maxvit_opset17", "MaxViT: windows and grids of attention, relative positions", maxvit, "script", 17, 1),
    ("upscaling_opset11", "images scaled, transposed convolutions, dilated pooling, choices between layers", Upscaling, "script", 11, None),
    ("upscaling_dynamo", "the same, by the newer exporter", Upscaling, "dynamo", 20, None),
    ("convnext_opset17", "ConvNeXt: layer normalisation of images, layer scale", convnext, "script", 17, None),
    ("convnext_dynamo", "the same, by the newer exporter", convnext, "dynamo", 20, None),
]

# name and side of the image
TORCHVISION = {
    "alexnet": 224, "vgg11_bn": 224, "resnet18": 64, "resnet50": 64, "resnext50_32x4d": 64, "densenet121": 64,
    "googlenet": 64, "inception_v3": 96, "squeezenet1_0": 64, "squeezenet1_1": 64, "shufflenet_v2_x0_5": 64,
    "mobilenet_v2": 64, "mobilenet_v3_small": 64, "mobilenet_v3_large": 64, "efficientnet_b0": 64,
    "efficientnet_v2_s": 64, "mnasnet0_5": 64, "regnet_x_400mf": 64, "regnet_y_400mf": 64, "convnext_tiny": 64,
    "vit_b_16": 224, "swin_t": 64, "swin_v2_t": 64, "maxvit_t": 224,
}


def torchvision_model(name: str) -> nn.Module:
    """A classifier of torchvision with random weights and ten classes."""
    options = dict(weights=None, num_classes=10)
    if name in ("googlenet", "inception_v3"):
        options |= dict(aux_logits=False, init_weights=False)
    return getattr(torchvision.models, name)(**options)
